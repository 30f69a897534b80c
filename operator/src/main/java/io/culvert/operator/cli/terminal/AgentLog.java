package io.culvert.operator.cli.terminal;

import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** One line an event on standard error, for {@code java.util.logging}, where the libraries log too. */
public final class AgentLog {

    private static final String FORMAT_PROPERTY = "java.util.logging.SimpleFormatter.format";
    private static final String ONE_LINE = "%1$tFT%1$tT.%1$tL%1$tz %4$s %5$s%6$s%n";

    private AgentLog() {}

    /** For commands, which say themselves what there is to say: no log at all. */
    public static void silence() {
        ROOT.setLevel(Level.OFF);
    }

    /**
     * For the agent. To be called before anything logs; a format or a configuration of the user's stays, but for what would show
     * secrets.
     */
    public static void configure() {
        keepSecrets();
        if (System.getProperty("java.util.logging.config.file") != null) {
            return;
        }
        if (System.getProperty(FORMAT_PROPERTY) == null) {
            System.setProperty(FORMAT_PROPERTY, ONE_LINE);
        }
        for (Handler handler : ROOT.getHandlers()) {
            handler.setFormatter(new SimpleFormatter());
        }
        // The libraries log every reconnection; the agent logs it once.
        ROOT.setLevel(Level.WARNING);
        CULVERT.setLevel(Level.INFO);
        LIBRARIES.forEach(library -> library.setLevel(Level.SEVERE));
        BLOCKED_THREADS.setLevel(Level.WARNING);
    }

    /** Whatever level the user asked for. */
    private static void keepSecrets() {
        for (Logger logger : TELLTALES) {
            if (logger.isLoggable(Level.CONFIG)) {
                logger.setLevel(Level.INFO);
            }
        }
    }

    private static final Logger ROOT = Logger.getLogger("");

    // Held, because a logger that nobody holds is forgotten together with its level.
    private static final Logger CULVERT = Logger.getLogger("io.culvert");

    // Each failed call is a warning with a stack trace to them; whoever called says it in one line.
    private static final List<Logger> LIBRARIES =
            List.of(Logger.getLogger("io.etcd.jetcd"), Logger.getLogger("io.grpc"), Logger.getLogger("io.vertx"));

    /** Vert.x's report of a thread that is blocked for too long. */
    private static final Logger BLOCKED_THREADS = Logger.getLogger("io.vertx.core.impl.BlockedThreadChecker");

    // Below INFO it logs the frames it sends and receives, the password and etcd's tokens in them.
    private static final List<Logger> TELLTALES = List.of(Logger.getLogger("io.grpc.netty.NettyClientHandler"));
}
