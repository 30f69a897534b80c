package io.culvert.operator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Signals to processes of a test. */
public final class Signals {

    private Signals() {}

    /**
     * The words that run a command with the default action for every signal. It would inherit that SIGINT is ignored where these tests run
     * in the background of a shell, and SIGHUP under nohup(1).
     */
    public static List<String> obeying(List<String> command) {
        List<String> words = new ArrayList<>(List.of("env", "--default-signal"));
        words.addAll(command);
        return words;
    }

    /** Sends a signal, named as kill(1) names it. */
    public static void send(String name, ProcessHandle process) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .onExit()
                .join();
    }
}
