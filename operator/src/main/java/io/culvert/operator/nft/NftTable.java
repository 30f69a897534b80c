package io.culvert.operator.nft;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Outcome;
import io.culvert.reconciler.kernel.PacketFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The packet filter through the {@code nft} command, in the network namespace of the process. Each call runs one or two
 * short processes (about 6 ms each) and blocks for them, ten seconds at most.
 */
public final class NftTable implements PacketFilter {

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int OUTPUT_MAX = 64 << 20;

    private final Command nft;
    private final String tunnelDevice;

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
        this.nft = new Command(nft, "install nftables", limit);
        this.tunnelDevice = tunnelDevice;
    }

    @Override
    public FilterState observe() {
        return listing().map(table -> NftReader.read(table, tunnelDevice)).orElse(FilterState.ABSENT);
    }

    /**
     * The table, or empty if there is none. {@code nft list tables} would say so too, but reads the rules of all tables: seconds
     * on a host with many.
     */
    private Optional<JsonNode> listing() {
        Command.Result table = run("list", "table", "ip", "culvert");
        if (table.exit() == 0) {
            return Optional.of(NftJson.parse(table.output()));
        }
        Command.Result chains = run("list", "chains", "ip");
        if (chains.exit() != 0) {
            throw new KernelException("nft -j -n list chains ip failed: " + chains.errors(), Errno.EIO);
        }
        for (JsonNode object : NftJson.parse(chains.output()).path("nftables")) {
            if (object.path("chain").path("table").asText().equals("culvert")) {
                throw new KernelException("nft -j -n list table ip culvert failed: " + table.errors(), Errno.EIO);
            }
        }
        return Optional.empty();
    }

    private Command.Result run(String... words) {
        List<String> arguments = new ArrayList<>(List.of("-j", "-n"));
        arguments.addAll(List.of(words));
        return nft.run(arguments, "", OUTPUT_MAX);
    }

    @Override
    public Outcome apply(Change change) {
        try {
            Command.Result result = nft.run(List.of("-f", "-"), script(change), OUTPUT_MAX);
            return result.exit() == 0 ? Outcome.done(change) : new Outcome(change, Errno.EIO, result.errors());
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
}
