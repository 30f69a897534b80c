package io.culvert.operator.agent;

import io.culvert.operator.http.AgentHttp;
import io.culvert.reconciler.reconcile.FatalException;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Serves {@code /metrics}, {@code /livez}, {@code /readyz} and {@code /state} from an event loop. */
final class HttpVerticle extends VerticleBase {

    private final String host;
    private final int port;
    private final AgentHttp.Endpoints endpoints;

    HttpVerticle(String host, int port, AgentHttp.Endpoints endpoints) {
        this.host = host;
        this.port = port;
        this.endpoints = endpoints;
    }

    @Override
    public Future<?> start() {
        return new AgentHttp(vertx, endpoints)
                .listen(host, port)
                .recover(failure -> Future.failedFuture(new FatalException("cannot listen on " + host + ":" + port
                        + " (" + failure + "): choose another address with --listen")));
    }
}
