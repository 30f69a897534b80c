package io.culvert.operator.etcd;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A TCP proxy on the loopback interface whose connections can be cut. */
public final class CuttingProxy implements Closeable {

    private final ServerSocket server;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final List<Long> knocks = new CopyOnWriteArrayList<>();
    private volatile boolean barred;

    public CuttingProxy(int target) throws IOException {
        this.target = target;
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
    }

    public String endpoint() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** Ends all connections that are open now. */
    public void cut() {
        sockets.forEach(CuttingProxy::closeQuietly);
        sockets.clear();
    }

    /** Ends all connections and lets no new one through. */
    public void bar() {
        barred = true;
        cut();
    }

    /** When somebody wanted a connection while it let none through. */
    public List<Long> knocks() {
        return knocks;
    }

    /** Lets connections through again. */
    public void unbar() {
        barred = false;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket near = server.accept();
                if (barred) {
                    knocks.add(System.nanoTime());
                    near.close();
                    continue;
                }
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(near);
                sockets.add(far);
                daemon(() -> pump(near, far));
                daemon(() -> pump(far, near));
            } catch (IOException closed) {
                // closed for good, or the target is down and the next connection tries again
            }
        }
    }

    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
        } catch (IOException cut) {
            // the point of this proxy
        }
    }

    private static void daemon(Runnable work) {
        Thread thread = new Thread(work, "proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // it is closed either way
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
