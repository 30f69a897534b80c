package io.culvert.operator.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.culvert.operator.Distribution;
import io.culvert.operator.etcd.Certificates;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What agents may do, whom they speak to and what they leave lying about: started by the launcher, at an etcd that asks for a
 * password, with everything logged that can be, and with a umask that forbids nothing. In order: n1 runs until it is stopped.
 */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
class SecurityTest {

    private static final String PASSWORD = "Planted-9f3a7c51";
    private static final String WRONG_PASSWORD = "Mistaken-51c7a3f9";
    private static final String NOBODY = "65534";
    private static final String NET_ADMIN_ONLY = "0000000000001000";
    private static final String NOTHING = "0000000000000000";
    private static final String OWNER_ONLY = "rw-------";
    private static final String OWNER_ONLY_DIRECTORY = "rwx------";
    private static final String POOL = "/calico/resources/v3/projectcalico.org/ippools/web";
    private static final String NEVER =
            "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{\"name\":\"web\"},"
                    + "\"spec\":{\"cidr\":\"192.168.0.0/16\",\"ipipMode\":\"Never\",\"natOutgoing\":true}}";

    /** An etcd token, as etcd's simple provider makes them. */
    private static final Pattern TOKEN = Pattern.compile("token[^A-Za-z]{1,4}[A-Za-z]{16}\\.\\d+");

    @TempDir
    private static Path directory;

    private static ThreeNodes lab;
    private static Distribution culvert;
    private static Process n1;
    private static Certificates certificates;

    /** The client's private key: the lines of its PEM, and the secret number itself. */
    private static List<String> key;

    private static BigInteger number;

    /** A directory with an nft that tells what it was given, and to which file. */
    private static Path programs;

    private static Path told;

    @BeforeAll
    static void build() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        culvert = new Distribution(directory.resolve("dist"));
        Files.writeString(directory.resolve("logging.properties"), """
                handlers=java.util.logging.ConsoleHandler
                .level=ALL
                java.util.logging.ConsoleHandler.level=ALL
                """);
        plantKeys();
        lab = new ThreeNodes(
                directory,
                "--cert-file=" + certificates.path("etcd.crt"),
                "--key-file=" + certificates.path("etcd.key"),
                "--trusted-ca-file=" + certificates.path("ca.crt"),
                "--client-cert-auth");
        lab.eventually("etcd answers", () -> lab.etcdctl("put", POOL, NEVER).contains("OK"));
        lab.etcdctl("user", "add", "root:" + PASSWORD);
        lab.etcdctl("user", "grant-role", "root", "root");
        lab.etcdctl("auth", "enable");
    }

    private static void plantKeys() throws IOException {
        certificates = new Certificates(directory, ThreeNodes.ETCD_ADDRESS);
        certificates.authority("ca");
        certificates.certificate("etcd", "ca", "etcd");
        certificates.certificate("client", "ca", "culvert");
        // One of the agents is nobody's.
        Files.setPosixFilePermissions(
                Path.of(certificates.path("client.key")), PosixFilePermissions.fromString("rw-r--r--"));
        key = Files.readString(Path.of(certificates.path("client.key")))
                .lines()
                .filter(line -> !line.startsWith("-----"))
                .toList();
        try {
            byte[] der = Base64.getDecoder().decode(String.join("", key));
            number = ((ECPrivateKey) KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der))).getS();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        programs = Files.createDirectories(directory.resolve("told"));
        told = Files.createFile(directory.resolve("told/nft.log"));
        Files.setPosixFilePermissions(told, PosixFilePermissions.fromString("rw-rw-rw-"));
        Path nft = Files.writeString(programs.resolve("nft"), """
                #!/bin/sh
                { echo "$@"; tr '\\0' '\\n' </proc/$$/environ; } >>%s
                PATH=/usr/sbin:/sbin:/usr/bin:/bin exec nft "$@"
                """.formatted(told));
        Files.setPosixFilePermissions(nft, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @AfterAll
    static void close() {
        lab.close();
    }

    private static String etcd(String... words) {
        List<String> all = new ArrayList<>(List.of("--user=root:" + PASSWORD));
        all.addAll(List.of(words));
        return lab.etcdctl(all.toArray(String[]::new));
    }

    private static Path work(String node) {
        return directory.resolve("work-" + node);
    }

    private static Path log(String node) {
        return directory.resolve(node + ".log");
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The words that run the launcher: verbosely, in a directory of the node's own, with a umask that forbids nothing. */
    private static List<String> launched(String node, String... arguments) throws IOException {
        Files.createDirectories(work(node).resolve("tmp"));
        List<String> words = new ArrayList<>(lab.environment(node));
        words.add("PATH=" + programs + ":" + System.getenv("PATH"));
        words.add("ETCD_CA_CERT_FILE=" + certificates.path("ca.crt"));
        words.add("ETCD_CERT_FILE=" + certificates.path("client.crt"));
        words.add("ETCD_KEY_FILE=" + certificates.path("client.key"));
        words.add("CULVERT_JAVA_OPTS=-Djava.util.logging.config.file=" + directory.resolve("logging.properties")
                + " -Djava.io.tmpdir=" + work(node).resolve("tmp"));
        words.addAll(List.of("sh", "-c", "umask 000; ulimit -c 0; cd " + work(node) + "; exec \"$@\"", "sh"));
        words.add(culvert.launcher().toString());
        words.addAll(List.of(arguments));
        return words;
    }

    private static Process startAgent(String node, String password) throws IOException {
        return lab.startIn(
                node, log(node), launched(node, "agent", "--etcd-username", "root", "--etcd-password", password));
    }

    private static Set<String> ofAllThreads(Process process, String field) throws IOException {
        Set<String> values = new TreeSet<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            threads.forEach(thread -> values.add(statusField(thread.resolve("status"), field)));
        }
        return values;
    }

    private static String statusField(Path status, String field) {
        return text(status)
                .lines()
                .filter(line -> line.startsWith(field + ":"))
                .map(line -> line.substring(field.length() + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    private static String commandLine(Process process) {
        return text(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
    }

    private static long ownRoutes(String node) {
        return lab.run(node, "ip", "route", "show", "proto", "90").lines().count();
    }

    private static void assertKeeps(String secret, String said) {
        byte[] bytes = secret.getBytes(UTF_8);
        assertThat(said)
                .doesNotContain(secret, HexFormat.of().formatHex(bytes))
                .doesNotContain(Base64.getEncoder().withoutPadding().encodeToString(bytes))
                .doesNotContain(key)
                .doesNotContain(number.toString(), number.toString(16))
                .doesNotContainPattern(TOKEN);
    }

    @Test
    @Order(1)
    void rootKeepsCapNetAdminAloneAndConverges() throws IOException {
        watchWhatLeaves();
        assertThat(statusField(Path.of("/proc/self/status"), "CapPrm")).isNotEqualTo(NET_ADMIN_ONLY);
        List<String> words = new ArrayList<>(List.of(
                "unshare", "--uts", "sh", "-c", "echo Quiet-Host >/proc/sys/kernel/hostname; exec \"$@\"", "sh"));
        words.addAll(launched("n1", "agent", "--node-name", "", "--etcd-username", "root"));
        words.addAll(List.of("--etcd-password", PASSWORD));
        n1 = lab.startIn("n1", log("n1"), words);
        lab.eventually("n1 is ready; it says " + log("n1"), () -> lab.ready("n1") && ownRoutes("n1") > 0);

        for (String set : List.of("CapPrm", "CapEff", "CapBnd")) {
            assertThat(ofAllThreads(n1, set)).as(set).containsExactly(NET_ADMIN_ONLY);
        }
        for (String set : List.of("CapInh", "CapAmb")) {
            assertThat(ofAllThreads(n1, set)).as(set).containsExactly(NOTHING);
        }
        assertThat(ofAllThreads(n1, "NoNewPrivs")).containsExactly("1");
        assertThat(ofAllThreads(n1, "Uid")).containsExactly("0\t0\t0\t0");
        assertThat(lab.run("n1", "nft", "list", "table", "ip", "culvert")).contains("masquerade");
        assertThat(lab.run("n1", "cat", "/proc/sys/net/ipv4/ip_forward").strip())
                .isEqualTo("1");
    }

    private static void watchWhatLeaves() {
        lab.run("n1", "sh", "-c", "! [ -e /proc/sys/net/ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6");
        lab.run(
                "n1",
                "nft",
                "table inet elsewhere { chain out { type filter hook output priority 0; oifname lo tcp sport 9474 accept; "
                        + "oifname lo tcp dport 9474 accept; ip daddr 10.0.1.1 tcp dport 2379 accept; counter; }; }");
    }

    private static long wentElsewhere() {
        Matcher packets = Pattern.compile("counter packets (\\d+)")
                .matcher(lab.run("n1", "nft", "list", "table", "inet", "elsewhere"));
        assertThat(packets.find()).isTrue();
        return Long.parseLong(packets.group(1));
    }

    @Test
    @Order(2)
    void tellsNobodyThePassword() throws IOException {
        lab.eventually(
                "its status is in etcd, under the host's name",
                () -> etcd("get", "/culvert/v1/status/quiet-host").contains("\"converged\":true"));
        Process watching = lab.startIn(
                "n3",
                log("watching"),
                launched("n3", "get", "ippools", "-w", "--etcd-username=root", "--etcd-password=" + PASSWORD));
        lab.eventually("it may read", () -> text(log("watching")).contains("web"));

        // The password was given, and the log is as talkative as it can be.
        assertThat(commandLine(n1)).contains("--etcd-password=");
        assertThat(text(log("n1"))).contains("FINEST", "io.netty", "io.grpc");
        assertKeeps(PASSWORD, commandLine(n1));
        assertKeeps(PASSWORD, commandLine(watching));
        assertKeeps(PASSWORD, text(log("watching")));
        assertKeeps(PASSWORD, text(log("n1")));
        for (String path : List.of("/state", "/metrics", "/readyz", "/livez")) {
            String answer = lab.get("n1", path);
            assertThat(answer).contains("200 OK");
            assertKeeps(PASSWORD, answer);
        }
        assertKeeps(PASSWORD, etcd("get", "/", "--prefix"));
        watching.destroy();
    }

    @Test
    @Order(2)
    void tellsNftNothing() {
        assertThat(text(told)).contains("PATH=").contains("-j", "list");
        assertKeeps(PASSWORD, text(told));
        assertThat(text(told)).doesNotContain("ETCD_");
    }

    /** What is wrong with the settings is said without saying what they are. */
    @Test
    @Order(2)
    void refusesSettingsWithoutRepeatingThem() throws IOException {
        String url =
                run("n3", launched("n3", "agent", "--etcd-endpoints", "https://root:" + PASSWORD + "@10.0.1.1:2379"));
        assertThat(url).contains("there is an '@' in it").contains("exit 2");
        assertKeeps(PASSWORD, url);

        List<String> settings = new ArrayList<>(List.of(
                "apiVersion: projectcalico.org/v3",
                "kind: CalicoAPIConfig",
                "spec:",
                "  etcdEndpoints: https://10.0.1.1:2379",
                "  etcdUsername: root",
                "  etcdPassword: " + PASSWORD,
                "  etcdCACertFile: " + certificates.path("ca.crt"),
                "  etcdCert: |"));
        text(Path.of(certificates.path("client.crt")))
                .lines()
                .map(line -> "    " + line)
                .forEach(settings::add);
        settings.add("  etcdKey: |");
        Path file = directory.resolve("calicoctl.cfg");
        List<String> get = launched("n3", "get", "ippools", "--config", file.toString());
        for (List<String> pem : List.of(
                text(Path.of(certificates.path("client.key"))).lines().toList(), // as it should be
                key, // no PEM
                List.of("-----BEGIN PRIVATE KEY-----", key.get(0), "-----END PRIVATE KEY-----"))) {
            List<String> lines = new ArrayList<>(settings);
            pem.forEach(line -> lines.add("    " + line));
            Files.write(file, lines);
            String said = run("n3", get);
            assertThat(said).contains(pem.size() > key.size() ? "exit 0" : "cannot use the certificates");
            assertKeeps(PASSWORD, said);
        }
        Files.writeString(file, "spec: {etcdPassword: [" + PASSWORD + "], etcdKey: " + key.get(0) + ": " + key.get(1));
        String said = run("n3", get);
        assertThat(said).contains("calicoctl.cfg").contains("exit 2");
        assertKeeps(PASSWORD, said);
    }

    @Test
    @Order(3)
    void tellsNobodyTheWrongPasswordEither() throws IOException {
        Process n2 = startAgent("n2", WRONG_PASSWORD);
        lab.eventually("it says why", () -> text(log("n2")).contains("authentication failed"));
        lab.eventually("so does readyz", () -> lab.get("n2", "/readyz").contains("authentication failed"));
        assertKeeps(WRONG_PASSWORD, text(log("n2")));
        assertKeeps(WRONG_PASSWORD, commandLine(n2));
        for (String path : List.of("/state", "/metrics", "/readyz", "/livez")) {
            assertKeeps(WRONG_PASSWORD, lab.get("n2", path));
        }
        lab.run("n2", "kill", "-SEGV", Long.toString(n2.pid()));
        n2.onExit().join();
        assertKeeps(WRONG_PASSWORD, text(log("n2")));
    }

    @Test
    @Order(4)
    void speaksToEtcdAndToNobodyElse() {
        assertThat(wentElsewhere()).isZero();
        lab.run("n1", "bash", "-c", "echo who is it >/dev/udp/10.0.1.1/53");
        assertThat(wentElsewhere()).isEqualTo(1);
    }

    @Test
    @Order(5)
    void writesForItsOwnerAlone() throws IOException {
        n1.destroy();
        n1.onExit().join();
        List<Path> kept = below(directory.resolve("n1"));
        assertThat(kept)
                .extracting(path -> path.getFileName().toString())
                .contains("snapshot.quiet-host", "sysctl.before.quiet-host", "route-protocols.quiet-host");
        for (Path path : kept) {
            assertThat(permissions(path))
                    .as(path.toString())
                    .isEqualTo(Files.isDirectory(path) ? OWNER_ONLY_DIRECTORY : OWNER_ONLY);
            if (Files.isRegularFile(path)) {
                assertKeeps(PASSWORD, text(path));
            }
        }
        assertThat(below(work("n1")))
                .isNotEmpty()
                .allSatisfy(path ->
                        assertThat(Files.isDirectory(path)).as(path.toString()).isTrue());
        // n2's agent crashed.
        List<Path> crash =
                below(work("n2")).stream().filter(Files::isRegularFile).toList();
        assertThat(crash)
                .singleElement()
                .satisfies(report -> assertThat(permissions(report)).isEqualTo(OWNER_ONLY));
        assertThat(text(crash.get(0))).contains("SIGSEGV");
        assertKeeps(WRONG_PASSWORD, text(crash.get(0)));
    }

    private static List<Path> below(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.toList();
        }
    }

    private static String permissions(Path path) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Order(6)
    void anotherUserNeedsNoMoreThanCapNetAdmin() throws IOException {
        Files.createDirectories(directory.resolve("n3"));
        List<String> words = launched("n3", "agent", "--etcd-username", "root");
        for (Path path : List.of(directory.resolve("n3"), work("n3"), work("n3").resolve("tmp"))) {
            own(path);
        }
        words.addAll(
                words.indexOf("sh"),
                List.of(
                        "ETCD_PASSWORD=" + PASSWORD,
                        "setpriv",
                        "--reuid=" + NOBODY,
                        "--regid=" + NOBODY,
                        "--clear-groups",
                        "--inh-caps=-all,+net_admin",
                        "--ambient-caps=-all,+net_admin"));
        Process n3 = lab.startIn("n3", log("n3"), words);
        lab.eventually("n3 is ready; it says " + log("n3"), () -> lab.ready("n3") && ownRoutes("n3") > 0);

        assertThat(ofAllThreads(n3, "CapEff")).containsExactly(NET_ADMIN_ONLY);
        assertThat(ofAllThreads(n3, "CapPrm")).containsExactly(NET_ADMIN_ONLY);
        assertThat(ofAllThreads(n3, "Uid").iterator().next()).startsWith(NOBODY);
        assertThat(lab.run("n3", "cat", "/proc/sys/net/ipv4/ip_forward").strip())
                .isEqualTo("1");
        n3.destroy();
        n3.onExit().join();
    }

    private static void own(Path path) {
        lab.run("n1", "chown", NOBODY, path.toString());
    }

    private static String run(String node, List<String> words) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", "\"$@\" 2>&1; echo \"exit $?\"", "sh"));
        all.addAll(words);
        return lab.run(node, all.toArray(String[]::new));
    }

    @Test
    @Order(7)
    void saysWhatItMayNotRead() throws IOException {
        // Of nobody's since the test before.
        assertThat(run("n3", launched("n3", "agent", "--once")))
                .contains("route-protocols.n3 cannot be read")
                .contains("user root has no permission, and no capability to override that")
                .contains("exit 1");
        Path authority = Files.writeString(directory.resolve("ca.pem"), "not needed");
        Files.setPosixFilePermissions(authority, PosixFilePermissions.fromString("r--------"));
        own(authority);
        assertThat(run("n1", launched("n1", "agent", "--once", "--etcd-ca-cert=" + authority)))
                .contains(authority + " cannot be read (user root has no permission")
                .contains("exit 1");
    }

    @Test
    @Order(8)
    void saysWhichCapabilitiesItCannotDoWithout() throws IOException {
        Path few = Files.createDirectories(directory.resolve("programs"));
        for (String program : List.of("sh", "env", "dirname", "readlink", "java")) {
            Files.createSymbolicLink(
                    few.resolve(program),
                    Path.of(lab.run("n1", "sh", "-c", "command -v " + program).strip()));
        }
        List<String> without = launched("n1", "plan", "--help");
        without.addAll(without.indexOf("sh"), List.of("PATH=" + few));
        assertThat(run("n1", without))
                .contains("culvert: root's capabilities are kept: setpriv (package util-linux) cannot take them away")
                .contains("Usage: culvert plan")
                .contains("exit 0");

        Path foreign = Files.createFile(culvert.lib().resolve("z-foreign.jar"));
        Files.setPosixFilePermissions(foreign, PosixFilePermissions.fromString(OWNER_ONLY));
        own(foreign);
        assertThat(run("n1", launched("n1", "plan", "--help")))
                .contains("culvert: CAP_DAC_READ_SEARCH is kept: without it, root may not read all of " + culvert.lib())
                .contains("exit 0");
    }
}
