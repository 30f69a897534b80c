package io.culvert.operator.nft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * The packet filter through the {@code nft} command, in the network namespace of the process. Each call runs one or two
 * short processes (about 6 ms each) and blocks for them, ten seconds at most.
 */
public final class NftTable implements PacketFilter {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> nft;
    private final String tunnelDevice;
    private final Duration limit;

    /**
     * The node's own table.
     *
     * @param tunnelDevice name of the device whose arriving packets are filtered
     */
    public NftTable(String tunnelDevice) {
        this(List.of("nft"), tunnelDevice);
    }

    /**
     * The table that a command reaches.
     *
     * @param nft the command and the words before its options, for example to enter another namespace first
     * @param tunnelDevice name of the device whose arriving packets are filtered
     */
    public NftTable(List<String> nft, String tunnelDevice) {
        this(nft, tunnelDevice, LIMIT);
    }

    NftTable(List<String> nft, String tunnelDevice, Duration limit) {
        this.nft = List.copyOf(nft);
        this.tunnelDevice = tunnelDevice;
        this.limit = limit;
    }

    @Override
    public FilterState observe() {
        for (JsonNode object : json("list", "tables", "ip").path("nftables")) {
            if (object.path("table").path("name").asText().equals("culvert")) {
                return NftReader.read(json("list", "table", "ip", "culvert"), tunnelDevice);
            }
        }
        return FilterState.ABSENT;
    }

    private JsonNode json(String... words) {
        List<String> arguments = new ArrayList<>(List.of("-j", "-n"));
        arguments.addAll(List.of(words));
        Result result = run(arguments, "");
        if (result.exit != 0) {
            throw new KernelException("nft " + String.join(" ", arguments) + " failed: " + result.errors, Errno.EIO);
        }
        try {
            return JSON.readTree(result.output);
        } catch (JsonProcessingException e) {
            throw new KernelException("nft " + String.join(" ", arguments) + " did not print JSON", e);
        }
    }

    @Override
    public Outcome apply(Change change) {
        try {
            Result result = run(List.of("-f", "-"), script(change));
            return result.exit == 0 ? Outcome.done(change) : new Outcome(change, Errno.EIO, result.errors);
        } catch (KernelException e) {
            return new Outcome(change, Errno.EIO, String.valueOf(e.getMessage()));
        }
    }

    private String script(Change change) {
        if (change instanceof Change.ReplaceRuleset replace) {
            return NftScript.replace(replace.ruleset(), tunnelDevice, observe().dropped());
        } else if (change instanceof Change.DeleteRuleset) {
            return NftScript.DELETE;
        }
        throw new IllegalArgumentException("not a change of the packet filter: " + change);
    }

    private record Result(int exit, String output, String errors) {}

    private Result run(List<String> arguments, String script) {
        List<String> command = new ArrayList<>(nft);
        command.addAll(arguments);
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            // The agent's environment has passwords in it.
            builder.environment().keySet().retainAll(Set.of("PATH"));
            // One stream is read after the other, so a script's output shares the stream of its errors, which may be
            // long.
            builder.redirectErrorStream(!script.isEmpty());
            Process process = builder.start();
            CompletableFuture<Process> end = endOrKill(process);
            try (OutputStream in = process.getOutputStream()) {
                in.write(script.getBytes(StandardCharsets.UTF_8));
            }
            String output = text(process.getInputStream());
            String errors = text(process.getErrorStream()) + (script.isEmpty() ? "" : output);
            return new Result(end.get().exitValue(), output, errors.strip());
        } catch (ExecutionException late) {
            throw new KernelException("nft did not answer within " + limit.toSeconds() + " s", Errno.EIO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KernelException("interrupted while nft ran", e);
        } catch (IOException e) {
            throw new KernelException(
                    "'" + String.join(" ", nft) + "' failed to start (" + e.getMessage() + "): install nftables", e);
        }
    }

    /** Only a process that hangs is killed: killing one that has ended closes its output before it is read. */
    private CompletableFuture<Process> endOrKill(Process process) {
        return process.onExit()
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((ended, late) -> {
                    if (late != null) {
                        process.destroyForcibly();
                    }
                });
    }

    private static String text(InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "(its output could not be read: " + e.getMessage() + ")";
        }
    }
}
