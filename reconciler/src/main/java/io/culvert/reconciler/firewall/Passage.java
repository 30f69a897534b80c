package io.culvert.reconciler.firewall;

import io.culvert.reconciler.firewall.Match.Answer;
import io.culvert.reconciler.firewall.Table.Chain;
import io.culvert.reconciler.firewall.Table.Rule;
import io.culvert.reconciler.firewall.Table.Verdict;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The way of packets through one table, from a base chain on. A condition that may hold splits the way, so the result is every
 * end that is possible. For one kind of packets.
 */
final class Passage {

    /** How a chain can end for a packet. */
    enum End {
        ACCEPTED,
        DROPPED,
        /** All rules were passed, or one returned. */
        PASSED
    }

    private final Table table;
    private final Packets packets;
    private final Map<String, Set<End>> ends = new HashMap<>();
    private final Set<String> open = new HashSet<>();

    private Passage(Table table, Packets packets) {
        this.table = table;
        this.packets = packets;
    }

    /** Whether the base chain drops these packets, whatever the unknown conditions are. */
    static boolean isClosed(Table table, String baseChain, Packets packets) {
        Set<End> ends = new Passage(table, packets).through(baseChain);
        @Nullable Chain chain = table.chains().get(baseChain);
        boolean dropsRest = chain != null && chain.policyDrop();
        return !ends.contains(End.ACCEPTED) && (dropsRest || !ends.contains(End.PASSED));
    }

    private Set<End> through(String name) {
        @Nullable Set<End> known = ends.get(name);
        if (known != null) {
            return known;
        }
        @Nullable Chain chain = table.chains().get(name);
        if (chain == null || !open.add(name)) {
            return EnumSet.allOf(End.class);
        }
        Set<End> found = through(chain);
        open.remove(name);
        ends.put(name, found);
        return found;
    }

    private Set<End> through(Chain chain) {
        Set<End> found = EnumSet.noneOf(End.class);
        for (Rule rule : chain.rules()) {
            Answer answer = answer(rule);
            if (answer != Answer.NO && (ends(rule.verdict(), found) && answer == Answer.YES)) {
                return found;
            }
        }
        found.add(End.PASSED);
        return found;
    }

    private Answer answer(Rule rule) {
        Answer answer = Answer.YES;
        for (Match match : rule.matches()) {
            answer = answer.and(match.of(packets));
        }
        return answer;
    }

    /** Adds how the chain can end by this verdict; returns whether no packet reaches the next rule. */
    private boolean ends(Verdict verdict, Set<End> found) {
        if (verdict instanceof Verdict.Continue) {
            return false;
        } else if (verdict instanceof Verdict.Accept) {
            found.add(End.ACCEPTED);
        } else if (verdict instanceof Verdict.Drop) {
            found.add(End.DROPPED);
        } else if (verdict instanceof Verdict.Return) {
            found.add(End.PASSED);
        } else if (verdict instanceof Verdict.Goto gone) {
            found.addAll(through(gone.chain()));
        } else if (verdict instanceof Verdict.Jump jump) {
            Set<End> inside = EnumSet.noneOf(End.class);
            inside.addAll(through(jump.chain()));
            boolean comesBack = inside.remove(End.PASSED);
            found.addAll(inside);
            return !comesBack;
        } else {
            found.addAll(EnumSet.allOf(End.class));
            return false;
        }
        return true;
    }
}
