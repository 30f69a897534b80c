package io.culvert.operator.cli.terminal;

import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/** Logs one line per event to standard error, through {@code java.util.logging}, as the libraries do. */
public final class AgentLog {

    private static final String FORMAT_PROPERTY = "java.util.logging.SimpleFormatter.format";
    private static final String ONE_LINE = "%1$tFT%1$tT.%1$tL%1$tz %4$s %5$s%6$s%n";

    private AgentLog() {}

    /** No log at all, for commands: they print their own errors. */
    public static void silence() {
        ROOT.setLevel(Level.OFF);
    }

    /**
     * For the agent; call it before anything logs. A format or a configuration of the user's stays, except for loggers that
     * would show secrets.
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
        // The libraries log every reconnection at INFO; the agent logs it once.
        ROOT.setLevel(Level.WARNING);
        CULVERT.setLevel(Level.INFO);
        LIBRARIES.forEach(library -> library.setLevel(Level.SEVERE));
    }

    /**
     * From now on a thread that is blocked for too long is a warning. An agent that starts loads classes, which takes long on a
     * busy machine and says nothing.
     */
    public static void reportBlockedThreads() {
        BLOCKED_THREADS.setLevel(Level.WARNING);
    }

    /** Even if the user set a lower level. */
    private static void keepSecrets() {
        for (Logger logger : LOGS_SECRETS) {
            if (logger.isLoggable(Level.CONFIG)) {
                logger.setLevel(Level.INFO);
            }
        }
    }

    private static final Logger ROOT = Logger.getLogger("");

    // Held: an unreferenced logger is collected together with its level.
    private static final Logger CULVERT = Logger.getLogger("io.culvert");

    // They log a stack trace for each failed call; the caller reports it in one line.
    private static final List<Logger> LIBRARIES =
            List.of(Logger.getLogger("io.etcd.jetcd"), Logger.getLogger("io.grpc"), Logger.getLogger("io.vertx"));

    /** Vert.x's report of a thread that is blocked for too long. */
    private static final Logger BLOCKED_THREADS = Logger.getLogger("io.vertx.core.impl.BlockedThreadChecker");

    // Below INFO it logs frames, with the password and etcd's tokens in them.
    private static final List<Logger> LOGS_SECRETS = List.of(Logger.getLogger("io.grpc.netty.NettyClientHandler"));
}
