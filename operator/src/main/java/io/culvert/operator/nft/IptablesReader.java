package io.culvert.operator.nft;

import io.culvert.reconciler.firewall.Match;
import io.culvert.reconciler.firewall.Match.Answer;
import io.culvert.reconciler.firewall.Match.Range;
import io.culvert.reconciler.firewall.Table;
import io.culvert.reconciler.firewall.Table.Chain;
import io.culvert.reconciler.firewall.Table.Hook;
import io.culvert.reconciler.firewall.Table.Rule;
import io.culvert.reconciler.firewall.Table.Verdict;
import io.culvert.reconciler.kernel.Change.Backend;
import io.culvert.reconciler.kernel.Change.ForwardRule;
import io.culvert.reconciler.kernel.Change.Side;
import io.culvert.reconciler.net.Prefix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the lines of {@code iptables-save} and {@code iptables -S} into the model of {@link Table}. A condition that the model
 * does not know may hold or not. Pure.
 */
final class IptablesReader {

    private static final Match MAYBE = new Match.Fixed(Answer.MAYBE);
    private static final Match NO = new Match.Fixed(Answer.NO);

    /** A word, or several between quotation marks. */
    private static final Pattern WORD = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"|(\\S+)");

    private static final Map<String, Hook> HOOKS = Map.of(
            "PREROUTING", Hook.PREROUTING,
            "INPUT", Hook.INPUT,
            "FORWARD", Hook.FORWARD,
            "OUTPUT", Hook.OUTPUT,
            "POSTROUTING", Hook.POSTROUTING);

    /** As iptables prints them (/etc/protocols); others it prints as numbers. */
    private static final Map<String, Integer> PROTOCOLS = Map.ofEntries(
            Map.entry("all", 0),
            Map.entry("icmp", 1),
            Map.entry("igmp", 2),
            Map.entry("ipencap", 4),
            Map.entry("tcp", 6),
            Map.entry("udp", 17),
            Map.entry("gre", 47),
            Map.entry("esp", 50),
            Map.entry("ah", 51),
            Map.entry("vrrp", 112),
            Map.entry("sctp", 132));

    private final Map<String, List<Rule>> rules = new LinkedHashMap<>();
    private final Map<String, String> policies = new LinkedHashMap<>();

    private IptablesReader() {}

    /** The table, if the lines have any chain. */
    static Optional<Table> read(String lines, Table.Tool tool, String name) {
        IptablesReader reader = new IptablesReader();
        lines.lines().forEach(reader::line);
        if (reader.policies.isEmpty()) {
            return Optional.empty();
        }
        Map<String, Chain> chains = new LinkedHashMap<>();
        reader.policies.forEach((chain, policy) -> chains.put(
                chain,
                new Chain(
                        policy.equals("-") ? Optional.empty() : Optional.ofNullable(HOOKS.get(chain)),
                        policy.equals("DROP"),
                        reader.rules.getOrDefault(chain, List.of()))));
        return Optional.of(new Table(tool, name, chains));
    }

    /** Our rules among the lines, each as often as it is there. */
    static List<ForwardRule> forwardRules(String lines, Backend backend) {
        List<ForwardRule> own = new ArrayList<>();
        for (String line : lines.lines().toList()) {
            List<String> words = words(line);
            if (words.size() > 4 && words.get(0).equals("-A") && words.get(1).equals("FORWARD")) {
                ownRule(words.subList(2, words.size()), backend).ifPresent(own::add);
            }
        }
        return own;
    }

    private static Optional<ForwardRule> ownRule(List<String> words, Backend backend) {
        for (Side side : Side.values()) {
            try {
                ForwardRule rule = new ForwardRule(backend, side, Prefix.parse(words.get(1)));
                if (words(rule.toString()).equals(words)) {
                    return Optional.of(rule);
                }
            } catch (IllegalArgumentException noPrefix) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private void line(String line) {
        List<String> words = words(line);
        if (words.size() < 2) {
            return;
        }
        String first = words.get(0);
        if (first.startsWith(":")) {
            policies.put(first.substring(1), words.get(1));
        } else if (first.equals("-A")) {
            rules.computeIfAbsent(words.get(1), chain -> new ArrayList<>()).add(rule(words.subList(2, words.size())));
        }
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line);
        while (matcher.find()) {
            words.add(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
        }
        return words;
    }

    private static Rule rule(List<String> words) {
        List<Match> matches = new ArrayList<>();
        boolean negated = false;
        for (int i = 0; i < words.size(); i++) {
            String option = words.get(i);
            if (option.equals("!")) {
                negated = true;
                continue;
            }
            String value = i + 1 < words.size() ? words.get(i + 1) : "";
            if (option.equals("-j") || option.equals("-g")) {
                return new Rule(matches, verdict(option, value));
            }
            @Nullable Match match = match(option, value, negated);
            if (match != null) {
                matches.add(match);
            }
            negated = false;
            while (i + 1 < words.size()
                    && !words.get(i + 1).startsWith("-")
                    && !words.get(i + 1).equals("!")) {
                i++;
            }
        }
        return new Rule(matches, new Verdict.Continue());
    }

    private static Verdict verdict(String option, String target) {
        if (option.equals("-g")) {
            return new Verdict.Goto(target);
        }
        return switch (target) {
            case "ACCEPT" -> new Verdict.Accept();
            case "DROP", "REJECT", "TARPIT" -> new Verdict.Drop();
            case "RETURN" -> new Verdict.Return();
            case "NFQUEUE", "QUEUE" -> new Verdict.Unknown();
            // Targets of the program are in capitals, and so may be chains; a jump to what is no chain may do anything.
            case "LOG",
                    "NFLOG",
                    "MARK",
                    "CONNMARK",
                    "TCPMSS",
                    "CT",
                    "NOTRACK",
                    "TRACE",
                    "AUDIT",
                    "SET",
                    "TOS",
                    "DSCP" -> new Verdict.Continue();
            default -> new Verdict.Jump(target);
        };
    }

    /** Null for a word that restricts nothing. */
    private static @Nullable Match match(String option, String value, boolean negated) {
        return switch (option) {
            case "-s" -> address(Match.Field.SOURCE, value, negated);
            case "-d" -> address(Match.Field.DESTINATION, value, negated);
            case "-i" -> device(Match.Side.IN, value, negated);
            case "-o" -> device(Match.Side.OUT, value, negated);
            case "-p" -> protocol(value, negated);
            case "--dport", "--dports" -> ports(Match.Field.DESTINATION_PORT, value, negated);
            case "--sport", "--sports" -> ports(Match.Field.SOURCE_PORT, value, negated);
            case "--ctstate", "--state" -> state(value, negated);
            case "--mark" -> mark(value, negated);
            case "--ctstatus" -> negated ? MAYBE : NO;
            case "-m", "--comment" -> null;
            default -> MAYBE;
        };
    }

    private static Match address(Match.Field field, String value, boolean negated) {
        try {
            Prefix prefix = Prefix.parse(value.contains("/") ? value : value + "/32");
            return new Match.NumberIn(field, List.of(Range.of(prefix)), negated);
        } catch (IllegalArgumentException unusualMask) {
            return MAYBE;
        }
    }

    private static Match device(Match.Side side, String name, boolean negated) {
        return new Match.DeviceIn(
                side, List.of(name.endsWith("+") ? name.substring(0, name.length() - 1) + "*" : name), negated);
    }

    private static Match protocol(String value, boolean negated) {
        @Nullable Integer number = value.matches("[0-9]{1,3}") ? Integer.valueOf(value) : PROTOCOLS.get(value);
        if (number == null) {
            return MAYBE;
        }
        return number == 0
                ? new Match.Fixed(negated ? Answer.NO : Answer.YES)
                : new Match.NumberIn(Match.Field.PROTOCOL, List.of(Range.of(number)), negated);
    }

    private static Match ports(Match.Field field, String value, boolean negated) {
        List<Range> ranges = new ArrayList<>();
        for (String part : value.split(",", -1)) {
            String[] ends = part.split(":", 2);
            try {
                long first = Long.parseLong(ends[0]);
                ranges.add(new Range(first, ends.length == 1 ? first : Long.parseLong(ends[1])));
            } catch (NumberFormatException named) {
                return MAYBE;
            }
        }
        return new Match.NumberIn(field, ranges, negated);
    }

    private static Match state(String value, boolean negated) {
        boolean isNew = List.of(value.split(",", -1)).contains("NEW");
        return new Match.Fixed(isNew == negated ? Answer.NO : Answer.YES);
    }

    /** Ours have none, so what a mask leaves of it is 0 too. */
    private static Match mark(String value, boolean negated) {
        try {
            long number = Long.decode(value.split("/", 2)[0]);
            return new Match.NumberIn(Match.Field.MARK, List.of(Range.of(number)), negated);
        } catch (NumberFormatException unknown) {
            return MAYBE;
        }
    }
}
