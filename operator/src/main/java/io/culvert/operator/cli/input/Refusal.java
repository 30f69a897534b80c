package io.culvert.operator.cli.input;

import java.util.List;

/** Ends a command with messages for standard error and an exit code. */
public final class Refusal extends RuntimeException {

    private final int exitCode;
    private final List<String> lines;

    private Refusal(int exitCode, List<String> lines) {
        super(String.join("\n", lines));
        this.exitCode = exitCode;
        this.lines = List.copyOf(lines);
    }

    /** Invalid input, exit code 2: nothing was written. */
    public static Refusal invalid(List<String> faults) {
        return new Refusal(2, faults);
    }

    /** Invalid input, exit code 2: nothing was written. */
    public static Refusal invalid(String fault) {
        return invalid(List.of(fault));
    }

    /** Valid input that failed, exit code 1. */
    public static Refusal failed(List<String> reasons) {
        return new Refusal(1, reasons);
    }

    /** Valid input that failed, exit code 1. */
    public static Refusal failed(String reason) {
        return failed(List.of(reason));
    }

    /** The same with another exit code. */
    public Refusal withExitCode(int code) {
        return new Refusal(code, lines);
    }

    public int exitCode() {
        return exitCode;
    }

    /** One message per line. */
    public List<String> lines() {
        return lines;
    }
}
