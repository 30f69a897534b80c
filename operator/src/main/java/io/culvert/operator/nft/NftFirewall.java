package io.culvert.operator.nft;

import com.fasterxml.jackson.databind.JsonNode;
import io.culvert.reconciler.firewall.FirewallState;
import io.culvert.reconciler.firewall.HostFirewall;
import io.culvert.reconciler.firewall.Table;
import io.culvert.reconciler.firewall.Table.Tool;
import io.culvert.reconciler.kernel.Change;
import io.culvert.reconciler.kernel.Change.Backend;
import io.culvert.reconciler.kernel.Change.ForwardRule;
import io.culvert.reconciler.kernel.Errno;
import io.culvert.reconciler.kernel.KernelException;
import io.culvert.reconciler.kernel.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The host's firewall through {@code nft} and {@code iptables}. Rules in nftables are read and written by nft, so a host needs
 * iptables only where iptables wrote some. Each call runs a few short processes (about 4 ms each).
 */
public final class NftFirewall implements HostFirewall {

    private static final Duration LIMIT = Duration.ofSeconds(5);

    /** Enough for what people write, and little enough for an agent of 64 MB. */
    private static final int OUTPUT_MAX = 2 << 20;

    private static final int CHAINS_OUTPUT_MAX = 32 << 20;

    /** A table with more is a program's, such as kube-proxy's: reading it takes a second, and it does not close the host. */
    private static final int CHAINS_MAX = 256;

    private static final String FORWARD = "FORWARD";
    private static final List<String> LEGACY_TABLES = List.of("filter", "mangle", "raw", "security");

    private final Command nft;
    private final Command iptables;
    private final Command iptablesSave;
    private final Command legacy;
    private final Command legacySave;
    private final Path legacyNames;

    /** The node's own. */
    public NftFirewall() {
        this(List.of(), Path.of("/proc/self/net/ip_tables_names"));
    }

    /**
     * That of a namespace.
     *
     * @param prefix the words that enter the namespace
     * @param legacyNames where the kernel lists iptables-legacy's tables
     */
    public NftFirewall(List<String> prefix, Path legacyNames) {
        nft = command(prefix, "nft", "install nftables");
        iptables = command(prefix, "iptables-nft", "install iptables");
        iptablesSave = command(prefix, "iptables-nft-save", "install iptables");
        legacy = command(prefix, "iptables-legacy", "install iptables");
        legacySave = command(prefix, "iptables-legacy-save", "install iptables");
        this.legacyNames = legacyNames;
    }

    private static Command command(List<String> prefix, String program, String advice) {
        List<String> words = new ArrayList<>(prefix);
        words.add(program);
        return new Command(words, advice, LIMIT);
    }

    private record TableName(String family, String name) {

        boolean isIptablesFilter() {
            return family.equals("ip") && name.equals("filter");
        }

        Tool tool() {
            if (name.equals("firewalld")) {
                return Tool.FIREWALLD;
            }
            return isIptablesFilter() ? Tool.IPTABLES : Tool.NFT;
        }

        @Override
        public String toString() {
            return family + " " + name;
        }
    }

    /** What is read, as it is read. */
    private static final class Reading {
        final List<Table> tables = new ArrayList<>();
        final Set<Backend> closed = EnumSet.noneOf(Backend.class);
        final List<ForwardRule> forwardRules = new ArrayList<>();
        final List<String> unread = new ArrayList<>();

        FirewallState state() {
            return new FirewallState(tables, closed, forwardRules, unread);
        }
    }

    @Override
    public FirewallState observe() {
        Chains chains = new Chains();
        NftJson.forEach(nft(CHAINS_OUTPUT_MAX, "list", "chains"), object -> chains.add(object.path("chain")));
        Reading reading = new Reading();
        if (chains.closed) {
            reading.closed.add(Backend.NFT);
        }
        if (chains.forward) {
            reading.forwardRules.addAll(forwardRules());
        }
        for (TableName table : chains.hooked) {
            if (chains.count.getOrDefault(table, 0) <= CHAINS_MAX) {
                read(table, reading);
            }
        }
        readLegacy(reading);
        return reading.state();
    }

    /** What the list of all chains says. */
    private static final class Chains {
        final Map<TableName, Integer> count = new HashMap<>();
        final Set<TableName> hooked = new LinkedHashSet<>();
        boolean forward;
        boolean closed;

        void add(JsonNode chain) {
            TableName table = new TableName(
                    chain.path("family").asText(), chain.path("table").asText());
            count.merge(table, 1, Integer::sum);
            if (RulesetReader.hook(chain).isEmpty() || !isForeign(table)) {
                return;
            }
            hooked.add(table);
            if (table.isIptablesFilter() && chain.path("name").asText().equals(FORWARD)) {
                forward = true;
                closed = RulesetReader.policyDrop(chain);
            }
        }
    }

    private static boolean isForeign(TableName table) {
        return (table.family().equals("ip") || table.family().equals("inet"))
                && !table.toString().equals("ip culvert");
    }

    /** A table that nobody can read is no reason not to name the others. */
    private void read(TableName table, Reading reading) {
        try {
            JsonNode listing = nftJson("list", "table", table.family(), table.name());
            if (table.isIptablesFilter() && listing.findValue("xt") != null) {
                Optional<Table> explained = iptablesTable();
                if (explained.isPresent()) {
                    reading.tables.add(explained.get());
                    return;
                }
            }
            String name = table.tool() == Tool.IPTABLES ? table.name() : table.toString();
            reading.tables.add(RulesetReader.read(listing, table.tool(), name));
        } catch (KernelException unread) {
            reading.unread.add("cannot check the firewall: " + unread.getMessage());
        }
    }

    /** What iptables wrote, with the matches that nft does not explain; empty where that program is missing. */
    private Optional<Table> iptablesTable() {
        try {
            Command.Result saved = iptablesSave.run(List.of("-t", "filter"), "", OUTPUT_MAX);
            return saved.exit() == 0 ? IptablesReader.read(saved.output(), Tool.IPTABLES, "filter") : Optional.empty();
        } catch (KernelException missing) {
            return Optional.empty();
        }
    }

    /** Ours in the chain that iptables has in nftables. Both programs can write them, and only iptables reads both forms. */
    private List<ForwardRule> forwardRules() {
        List<ForwardRule> own = new ArrayList<>();
        boolean unexplained = false;
        for (JsonNode object : nftJson("list", "chain", "ip", "filter", FORWARD).path("nftables")) {
            JsonNode rule = object.path("rule");
            NftForwardRule.of(rule).ifPresent(own::add);
            unexplained |= rule.findValue("xt") != null;
        }
        if (unexplained) {
            try {
                Command.Result listed = iptables.run(List.of("-S", FORWARD), "", OUTPUT_MAX);
                if (listed.exit() == 0) {
                    return IptablesReader.forwardRules(listed.output(), Backend.NFT);
                }
            } catch (KernelException missing) {
                return own;
            }
        }
        return own;
    }

    /** The kernel lists the tables that exist; asking iptables-legacy about another one would create it. */
    private void readLegacy(Reading reading) {
        List<String> names;
        try {
            names = Files.readAllLines(legacyNames);
        } catch (IOException noSuchModule) {
            return;
        }
        for (String name : LEGACY_TABLES) {
            if (names.contains(name)) {
                readLegacy(name, reading);
            }
        }
    }

    private void readLegacy(String name, Reading reading) {
        try {
            Command.Result saved = legacySave.run(List.of("-t", name), "", OUTPUT_MAX);
            if (saved.exit() != 0) {
                throw new KernelException("iptables-legacy-save -t " + name + " failed: " + saved.errors(), Errno.EIO);
            }
            IptablesReader.read(saved.output(), Tool.IPTABLES_LEGACY, name).ifPresent(table -> {
                reading.tables.add(table);
                if (name.equals("filter")) {
                    Optional.ofNullable(table.chains().get(FORWARD))
                            .filter(Table.Chain::policyDrop)
                            .ifPresent(chain -> reading.closed.add(Backend.LEGACY));
                    reading.forwardRules.addAll(IptablesReader.forwardRules(saved.output(), Backend.LEGACY));
                }
            });
        } catch (KernelException unread) {
            reading.unread.add("cannot check the rules of iptables-legacy, table " + name + ": " + unread.getMessage());
        }
    }

    @Override
    public Outcome apply(Change change) {
        try {
            Command.Result result;
            if (change instanceof Change.AddForwardRule add) {
                result = add(add.rule());
            } else if (change instanceof Change.DeleteForwardRule delete) {
                result = delete(delete.rule());
            } else {
                throw new IllegalArgumentException("not a change of the firewall: " + change);
            }
            return result.exit() == 0 ? Outcome.done(change) : new Outcome(change, Errno.EIO, result.errors());
        } catch (KernelException e) {
            return new Outcome(change, Errno.EIO, String.valueOf(e.getMessage()));
        }
    }

    private Command.Result add(ForwardRule rule) {
        return rule.backend() == Backend.LEGACY
                ? legacy.run(arguments("-I", rule), "", OUTPUT_MAX)
                : nft.run(List.of("-f", "-"), NftForwardRule.insertion(rule), OUTPUT_MAX);
    }

    private Command.Result delete(ForwardRule rule) {
        if (rule.backend() == Backend.LEGACY) {
            return legacy.run(arguments("-D", rule), "", OUTPUT_MAX);
        }
        // From the end: the first is the one that packets meet.
        Optional<JsonNode> last = Optional.empty();
        for (JsonNode object : nftJson("list", "chain", "ip", "filter", FORWARD).path("nftables")) {
            JsonNode found = object.path("rule");
            if (NftForwardRule.of(found).filter(rule::equals).isPresent()) {
                last = Optional.of(found);
            }
        }
        if (last.isEmpty()) {
            return iptables.run(arguments("-D", rule), "", OUTPUT_MAX);
        }
        String handle = last.get().path("handle").asText();
        return nft.run(List.of("delete", "rule", "ip", "filter", FORWARD, "handle", handle), "", OUTPUT_MAX);
    }

    /** Waits for the lock of another iptables. */
    private static List<String> arguments(String operation, ForwardRule rule) {
        List<String> arguments = new ArrayList<>(List.of("-w", "3", operation, FORWARD));
        arguments.addAll(List.of(rule.toString().split(" ")));
        return arguments;
    }

    private JsonNode nftJson(String... words) {
        return NftJson.parse(nft(OUTPUT_MAX, words));
    }

    private String nft(int outputMax, String... words) {
        List<String> arguments = new ArrayList<>(List.of("-j", "-n"));
        arguments.addAll(List.of(words));
        Command.Result result = nft.run(arguments, "", outputMax);
        if (result.exit() != 0) {
            throw new KernelException("nft " + String.join(" ", arguments) + " failed: " + result.errors(), Errno.EIO);
        }
        return result.output();
    }
}
