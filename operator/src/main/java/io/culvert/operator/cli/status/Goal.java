package io.culvert.operator.cli.status;

import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.cli.terminal.NameList;
import io.culvert.operator.status.NodeStatus;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Something to wait for. Pure. */
public interface Goal {

    /** {@code ippool/web}. */
    String title();

    /** The state when it is reached: {@code converged}. */
    default String reached() {
        return "converged";
    }

    /**
     * How far the cluster has come.
     *
     * @throws Refusal as failed if it can never be reached
     */
    Progress progress(ClusterStatus status);

    /**
     * How far it is.
     *
     * @param summary one line, the same while the same nodes are missing
     * @param explanation the same with the reasons
     * @param missing the nodes that have not reached it, each with the reason
     */
    record Progress(boolean done, String summary, String explanation, Map<String, String> missing) {

        private static Progress of(Convergence convergence) {
            boolean done = convergence.complete();
            String there = "converged on " + convergence.live() + (convergence.live() == 1 ? " node" : " nodes");
            return new Progress(
                    done,
                    done ? there : convergence.summary(),
                    done ? there : convergence.explanation(),
                    convergence.lagging());
        }
    }

    /** Every live node holds the pool as it is now. */
    record PoolConverged(String name) implements Goal {

        @Override
        public String title() {
            return "ippool/" + name;
        }

        @Override
        public Progress progress(ClusterStatus status) {
            ClusterStatus.Pool pool = status.pool(name).orElseThrow(() -> Refusal.failed(title() + " does not exist"));
            if (pool.leftAlone()) {
                throw Refusal.failed(
                        title() + " never converges: its mode is " + pool.mode() + ", so Culvert leaves it alone");
            }
            return Progress.of(pool.convergence());
        }
    }

    /** Every live node has followed the Node's change at that revision. */
    record NodeFollowed(String name, long revision) implements Goal {

        @Override
        public String title() {
            return "node/" + name;
        }

        @Override
        public Progress progress(ClusterStatus status) {
            return Progress.of(Convergence.ofNode(revision, status.live()));
        }
    }

    /** The pool is not stored any more, and no live node routes it. */
    record PoolGone(String name) implements Goal {

        @Override
        public String title() {
            return "ippool/" + name;
        }

        @Override
        public String reached() {
            return "gone";
        }

        @Override
        public Progress progress(ClusterStatus status) {
            Map<String, String> routing = new TreeMap<>();
            for (NodeStatus node : status.live()) {
                if (node.pools().containsKey(name)) {
                    routing.put(node.node(), "still has the pool");
                }
            }
            boolean stored = status.pool(name).isPresent();
            String summary = Optional.of("is gone")
                    .filter(gone -> !stored && routing.isEmpty())
                    .orElseGet(() -> stored
                            ? "is still stored"
                            : "is gone from etcd, but not yet from " + NameList.of(routing.keySet()));
            return new Progress(!stored && routing.isEmpty(), summary, summary, routing);
        }
    }
}
