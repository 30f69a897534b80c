package io.culvert.operator;

import io.culvert.operator.cli.Invocation;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EventLoops;

/** The entry point of {@code culvert}, agent and command alike. */
public final class Main {

    private Main() {}

    /** Runs the command line and ends the process with its exit code. */
    public static void main(String[] arguments) {
        int exitCode = Invocation.run(Terminal.ofProcess(), arguments);
        EventLoops.end();
        System.exit(exitCode);
    }
}
