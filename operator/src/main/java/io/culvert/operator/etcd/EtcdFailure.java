package io.culvert.operator.etcd;

import io.culvert.operator.etcd.DatastoreException.Kind;
import io.etcd.jetcd.common.exception.EtcdException;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/**
 * Explains what jetcd and gRPC throw: by exception types and status codes, and by etcd's own text where a code means several things
 * or is lost. {@code etcd grpc-proxy} passes most failures on as UNKNOWN.
 */
public final class EtcdFailure {

    private static final String FUTURE_REVISION = "future revision";
    private static final String DATABASE_FULL = "database space exceeded";
    private static final String REQUEST_TOO_LARGE = "request is too large";
    private static final String TOO_MANY_REQUESTS = "too many requests";

    /** Codes by what etcd says ({@code api/v3rpc/rpctypes/error.go}); the first that is a part of the message counts. */
    private static final Map<String, Status.Code> CODES = codes();

    private EtcdFailure() {}

    private static Map<String, Status.Code> codes() {
        Map<String, Status.Code> codes = new LinkedHashMap<>();
        codes.put(DATABASE_FULL, Status.Code.RESOURCE_EXHAUSTED);
        codes.put(TOO_MANY_REQUESTS, Status.Code.RESOURCE_EXHAUSTED);
        codes.put(REQUEST_TOO_LARGE, Status.Code.INVALID_ARGUMENT);
        codes.put("required revision", Status.Code.OUT_OF_RANGE);
        codes.put("lease not found", Status.Code.NOT_FOUND);
        codes.put("permission denied", Status.Code.PERMISSION_DENIED);
        codes.put("invalid auth token", Status.Code.UNAUTHENTICATED);
        codes.put("authentication failed", Status.Code.INVALID_ARGUMENT);
        codes.put("authentication is not enabled", Status.Code.FAILED_PRECONDITION);
        codes.put("auth store is old", Status.Code.INVALID_ARGUMENT);
        codes.put("user name is empty", Status.Code.INVALID_ARGUMENT);
        codes.put("deadline exceeded", Status.Code.DEADLINE_EXCEEDED);
        return codes;
    }

    /** The failure of a call, with its kind, the endpoint, the reason and the remedy. */
    public static DatastoreException describe(String what, EtcdConfig config, Throwable thrown) {
        List<Throwable> causes = causes(thrown);
        Kind kind = kind(causes);
        String message = "cannot " + what + ": etcd at " + config.endpointText() + ": " + reason(kind, causes, config);
        return new DatastoreException(kind, message, thrown);
    }

    /** The kind of a failure. */
    static Kind kind(Throwable thrown) {
        return kind(causes(thrown));
    }

    /** The message of the innermost cause, or its type if it has none. */
    static String rootMessage(Throwable thrown) {
        List<Throwable> causes = causes(thrown);
        Throwable root = causes.get(causes.size() - 1);
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    private static Kind kind(List<Throwable> causes) {
        if (causes.stream().anyMatch(SSLException.class::isInstance)) {
            return Kind.UNTRUSTED;
        }
        if (causes.stream().anyMatch(EtcdFailure::isNoConnection)) {
            return Kind.UNREACHABLE;
        }
        if (causes.stream().anyMatch(TimeoutException.class::isInstance)) {
            return Kind.SILENT;
        }
        return switch (code(causes)) {
            case DEADLINE_EXCEEDED -> Kind.SILENT;
            case UNAUTHENTICATED, PERMISSION_DENIED -> Kind.DENIED;
            case INVALID_ARGUMENT -> says(REQUEST_TOO_LARGE, causes) ? Kind.REFUSED : Kind.DENIED;
            case OUT_OF_RANGE -> says(FUTURE_REVISION, causes) ? Kind.NOT_REACHED : Kind.COMPACTED;
            case RESOURCE_EXHAUSTED -> exhausted(causes);
            case NOT_FOUND, FAILED_PRECONDITION, UNIMPLEMENTED -> Kind.REFUSED;
            default -> Kind.UNREACHABLE;
        };
    }

    private static Kind exhausted(List<Throwable> causes) {
        if (says(DATABASE_FULL, causes)) {
            return Kind.FULL;
        }
        return says(TOO_MANY_REQUESTS, causes) ? Kind.UNREACHABLE : Kind.TOO_LARGE;
    }

    private static boolean says(String text, List<Throwable> causes) {
        return causes.stream()
                .anyMatch(cause -> String.valueOf(cause.getMessage()).contains(text));
    }

    private static boolean isNoConnection(Throwable cause) {
        return cause instanceof ConnectException
                || cause instanceof UnknownHostException
                || status(cause) == Status.Code.UNAVAILABLE;
    }

    /** The innermost code that is known, else the one that etcd's text stands for. */
    private static Status.Code code(List<Throwable> causes) {
        Status.Code code = Status.Code.UNKNOWN;
        for (Throwable cause : causes) {
            Status.Code own = status(cause);
            code = own == Status.Code.UNKNOWN ? code : own;
        }
        return code == Status.Code.UNKNOWN
                ? CODES.entrySet().stream()
                        .filter(entry -> says(entry.getKey(), causes))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(code)
                : code;
    }

    private static Status.Code status(Throwable cause) {
        if (cause instanceof StatusRuntimeException runtime) {
            return runtime.getStatus().getCode();
        }
        if (cause instanceof StatusException checked) {
            return checked.getStatus().getCode();
        }
        return cause instanceof EtcdException etcd
                ? Status.Code.valueOf(etcd.getErrorCode().name())
                : Status.Code.UNKNOWN;
    }

    private static String reason(Kind kind, List<Throwable> causes, EtcdConfig config) {
        return switch (kind) {
            case UNREACHABLE, SILENT -> unreachable(causes, config);
            case UNTRUSTED -> untrusted(causes, config);
            case DENIED -> denied(causes, config);
            case COMPACTED -> "that revision is compacted";
            case TOO_LARGE -> "the answer is larger than the client's limit (" + last(causes) + ")";
            case FULL ->
                last(causes) + "; etcd refuses every write until an administrator compacts and defragments it and"
                        + " disarms the alarm (docs/runbook.md)";
            default -> last(causes) + remedy(causes, config);
        };
    }

    private static String unreachable(List<Throwable> causes, EtcdConfig config) {
        for (Throwable cause : causes) {
            if (cause instanceof UnknownHostException) {
                return "unknown host (" + cause.getMessage() + "); check --etcd-endpoints and DNS";
            }
            if (cause instanceof ConnectException) {
                return cause.getMessage()
                        + "; check that etcd is running and listening there, and check --etcd-endpoints";
            }
        }
        return "no answer (" + last(causes) + "); check that etcd is running and has a leader, the network path,"
                + " --etcd-endpoints" + (config.tls() ? "" : " (http or https)")
                + config.cert().map(own -> ", and " + thatItIsAccepted(own)).orElse("");
    }

    private static String untrusted(List<Throwable> causes, EtcdConfig config) {
        return "TLS failed (" + last(causes) + "); check that "
                + (config.ca().isPresent()
                        ? "--etcd-ca-cert " + config.ca().get() + " is the CA of etcd's certificate"
                        : "Java trusts etcd's certificate, or set --etcd-ca-cert")
                + ", that the certificate covers the endpoint's name, and "
                + config.cert()
                        .map(EtcdFailure::thatItIsAccepted)
                        .orElse("set --etcd-cert if etcd requires a client certificate");
    }

    private static String thatItIsAccepted(Pem certificate) {
        return "that etcd accepts --etcd-cert " + certificate
                + certificate
                        .invalidity()
                        .map(why -> ", which is not valid now (" + why + ")")
                        .orElse("");
    }

    private static String denied(List<Throwable> causes, EtcdConfig config) {
        String who = config.username()
                .map(name -> "user " + name)
                .or(() -> config.cert().map(own -> "the common name of --etcd-cert " + own))
                .orElse("no user");
        return last(causes) + " (" + who + "); check --etcd-username, --etcd-password and the user's roles";
    }

    /** A user given to an etcd without authentication: no other call fails because of etcd's state. */
    private static String remedy(List<Throwable> causes, EtcdConfig config) {
        return code(causes) == Status.Code.FAILED_PRECONDITION
                        && config.username().isPresent()
                ? "; enable authentication in etcd, or remove --etcd-username"
                : "";
    }

    private static String last(List<Throwable> causes) {
        return causes.stream()
                .map(Throwable::getMessage)
                .filter(message -> message != null && !message.isBlank())
                .reduce((outer, inner) -> inner)
                .orElse(causes.get(0).getClass().getSimpleName());
    }

    private static List<Throwable> causes(Throwable thrown) {
        List<Throwable> causes = new ArrayList<>();
        Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Throwable cause = thrown; cause != null && seen.add(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }
}
