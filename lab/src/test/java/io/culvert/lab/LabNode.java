package io.culvert.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A node: a network namespace, an agent that may be running in it, and one workload. */
final class LabNode {

    final String name;
    final String address;

    private @Nullable String workload;
    private boolean running;

    LabNode(String name, String address) {
        this.name = name;
        this.address = address;
    }

    /** The network namespace of the node's workload. */
    String workloadNamespace() {
        return "p" + name.substring(1);
    }

    /** The address of the node's workload, once attached. */
    String workload() {
        if (workload == null) {
            throw new IllegalStateException(name + " has no workload yet");
        }
        return workload;
    }

    // --- the agent

    /** With a resync period that no test lives to see: what comes back comes back because the kernel announced it. */
    void startAgent() {
        startAgent("--block-claims", "auto");
    }

    /** The same with further flags. */
    void startAgent(String... flags) {
        startAgent(Map.of(), flags);
    }

    /** The same in an environment with more variables. */
    void startAgent(Map<String, String> environment, String... flags) {
        agent(
                environment,
                "start",
                Stream.concat(Stream.of("--resync-period", "1h"), Stream.of(flags))
                        .toArray(String[]::new));
        running = true;
    }

    void stopAgent() {
        agent("stop");
        running = false;
    }

    /** SIGKILL, at this very moment: the lab's tool, which sees to the rest, is a while in starting. */
    void killAgent() {
        ProcessHandle.of(Long.parseLong(processId())).ifPresent(ProcessHandle::destroyForcibly);
        agent("kill");
        running = false;
    }

    boolean isRunning() {
        return running;
    }

    /** Stops the agent's process for as long as the act takes: it sees afterwards what happened meanwhile. */
    void whileAgentIsFrozen(Runnable act) {
        Command.run("kill", "-STOP", processId());
        try {
            act.run();
        } finally {
            Command.run("kill", "-CONT", processId());
        }
    }

    String processId() {
        return read(Path.of("/run/lab", name, "agent.pid")).strip();
    }

    String agentLog() {
        return read(Path.of("/run/lab", name, "agent.log"));
    }

    private void agent(String act) {
        agent(Map.of(), act);
    }

    private void agent(Map<String, String> environment, String act, String... flags) {
        String[] words = new String[flags.length + 4];
        words[0] = "lab-net";
        words[1] = "agent";
        words[2] = name;
        words[3] = act;
        System.arraycopy(flags, 0, words, 4, flags.length);
        Command.run(environment, words);
    }

    // --- what it answers

    Http http(String path) {
        return Http.get("http://" + address + ":9474" + path);
    }

    boolean isReady() {
        return http("/readyz").status() == 200;
    }

    /** The sum of the metric over its label values, or 0 when there is none. */
    double metric(String metric) {
        return http("/metrics").metric(metric);
    }

    long appliedRevision() {
        return (long) metric("culvert_applied_revision");
    }

    /** Runs the command on this node, told of the same node and state directory as its agent. */
    Command culvert(String... arguments) {
        return Lab.culvert(
                Map.of("NODENAME", name, "CULVERT_STATE_DIR", "/run/lab/" + name + "/state"),
                "",
                Lab.in(name, Lab.culvertWords(arguments)));
    }

    /** Runs a script by bash on this node, in which {@code culvert} is told of the same node and state directory as its agent. */
    Command shell(String script) {
        return Lab.culvert(
                Map.of(
                        "NODENAME",
                        name,
                        "CULVERT_STATE_DIR",
                        "/run/lab/" + name + "/state",
                        "PATH",
                        System.getenv("CULVERT_DIST") + "/bin:" + System.getenv("PATH")),
                "",
                Lab.in(name, "bash", "-c", script));
    }

    // --- its kernel

    /** Runs a program in the node's network namespace; its output. */
    String run(String... words) {
        return Command.run(Lab.in(name, words));
    }

    KernelPicture picture() {
        return KernelPicture.of(name);
    }

    /** The node's routes that lead to the prefix, as ip route shows them; empty when there is none. */
    String route(String prefix) {
        return run("ip", "-4", "route", "show", prefix);
    }

    // --- its workload

    /** Attaches the workload at an address of the node's block. */
    void attachWorkload() {
        workload = Command.run("lab-net", "workload", name).strip();
    }

    void attachWorkload(String at) {
        workload = Command.run("lab-net", "workload", name, at).strip();
    }

    void detachWorkload() {
        if (workload != null) {
            run("ip", "link", "del", "pod0");
            workload = null;
        }
    }

    boolean hasWorkloadIn(String block) {
        return workload != null && Prefix.of(block).contains(workload);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
