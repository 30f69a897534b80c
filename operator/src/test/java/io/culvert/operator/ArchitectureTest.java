package io.culvert.operator;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.Timer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Who may know whom in the operator, as each package's {@code package-info} says. */
@AnalyzeClasses(packages = "io.culvert.operator", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String JACKSON = "com.fasterxml.jackson..";
    private static final String RESILIENCE = "io.github.resilience4j..";
    private static final String RECONCILER = "io.culvert.reconciler..";

    private static final String NETTY_FOR_TLS = "io.netty..";
    private static final String LOG = "org.slf4j";
    private static final String PICOCLI = "picocli";

    @ArchTest
    static final ArchRule HTTP = only("http", "io.vertx..", LOG);

    @ArchTest
    static final ArchRule WORKER = only("worker", "io.vertx..");

    @ArchTest
    static final ArchRule METRICS = only("metrics", RECONCILER, "io.prometheus..", RESILIENCE);

    @ArchTest
    static final ArchRule NFT = only(
            "nft",
            "io.culvert.reconciler.net",
            "io.culvert.reconciler.kernel",
            "io.culvert.reconciler.firewall",
            JACKSON);

    @ArchTest
    static final ArchRule STATE = only("state", LOG);

    @ArchTest
    static final ArchRule SYSCTL = only("sysctl", "io.culvert.reconciler.kernel", ours("state"));

    @ArchTest
    static final ArchRule STATUS = only("status", RECONCILER, JACKSON, ours("etcd"), ours("calico.store"));

    @ArchTest
    static final ArchRule CALICO = only("calico", RECONCILER, JACKSON, ours("calico.selector"));

    @ArchTest
    static final ArchRule CALICO_SELECTOR = only("calico.selector", RECONCILER);

    @ArchTest
    static final ArchRule CALICO_RULE = only("calico.rule", RECONCILER, JACKSON, ours("calico"));

    @ArchTest
    static final ArchRule CALICO_FIELD = only("calico.field", JACKSON, ours("calico"), ours("calico.rule"));

    @ArchTest
    static final ArchRule CALICO_STORE = only("calico.store", RECONCILER, JACKSON, ours("calico"), ours("etcd"));

    @ArchTest
    static final ArchRule CALICO_STORE_ASKS_ETCD_NOTHING = noClasses()
            .that()
            .resideInAPackage(ours("calico.store"))
            .should()
            .dependOnClassesThat()
            .haveNameMatching("io\\.culvert\\.operator\\.etcd\\.(?!Stored|DatastoreException).*")
            .because("documents are values: reading and writing them is for ipam, resource and snapshot");

    @ArchTest
    static final ArchRule ETCD =
            only("etcd", ours("state"), "io.etcd..", "io.grpc..", NETTY_FOR_TLS, RESILIENCE, LOG, "javax.net.ssl");

    @ArchTest
    static final ArchRule RESOURCE =
            only("resource", RECONCILER, JACKSON, ours("calico"), ours("calico.store"), ours("etcd"));

    @ArchTest
    static final ArchRule SNAPSHOT = only(
            "snapshot",
            RECONCILER,
            JACKSON,
            RESILIENCE,
            LOG,
            ours("calico"),
            ours("calico.store"),
            ours("etcd"),
            ours("resource"),
            ours("state"));

    @ArchTest
    static final ArchRule IPAM =
            only("ipam", RECONCILER, JACKSON, LOG, ours("calico.store"), ours("etcd"), ours("resource"));

    @ArchTest
    static final ArchRule IPAM_CHECK =
            only("ipam.check", RECONCILER, JACKSON, ours("calico"), ours("calico.store"), ours("etcd"));

    @ArchTest
    static final ArchRule CLI_TERMINAL = only("cli.terminal", PICOCLI, JACKSON, ours("calico"));

    @ArchTest
    static final ArchRule CLI_INPUT =
            only("cli.input", PICOCLI, JACKSON, ours("calico"), ours("calico.rule"), ours("cli.terminal"));

    @ArchTest
    static final ArchRule CLI_CONNECT = only(
            "cli.connect", PICOCLI, JACKSON, ours("calico"), ours("etcd"), ours("cli.input"), ours("cli.terminal"));

    @ArchTest
    static final ArchRule CLI_RESOURCE = only(
            "cli.resource",
            PICOCLI,
            JACKSON,
            RECONCILER,
            ours("calico"),
            ours("calico.rule"),
            ours("etcd"),
            ours("ipam"),
            ours("resource"),
            ours("status"),
            ours("cli.connect"),
            ours("cli.input"),
            ours("cli.status"),
            ours("cli.terminal"));

    @ArchTest
    static final ArchRule CLI_STATUS = only(
            "cli.status",
            PICOCLI,
            JACKSON,
            RECONCILER,
            ours("calico"),
            ours("calico.store"),
            ours("etcd"),
            ours("resource"),
            ours("status"),
            ours("cli.connect"),
            ours("cli.input"),
            ours("cli.terminal"));

    @ArchTest
    static final ArchRule CLI_DIFF = only(
            "cli.diff",
            PICOCLI,
            JACKSON,
            RECONCILER,
            ours("calico"),
            ours("calico.rule"),
            ours("calico.store"),
            ours("etcd"),
            ours("resource"),
            ours("snapshot"),
            ours("cli.connect"),
            ours("cli.input"),
            ours("cli.resource"),
            ours("cli.terminal"));

    @ArchTest
    static final ArchRule CLI_EXPLAIN = only(
            "cli.explain",
            PICOCLI,
            JACKSON,
            RECONCILER,
            ours("calico"),
            ours("calico.field"),
            ours("calico.store"),
            ours("etcd"),
            ours("ipam"),
            ours("node"),
            ours("resource"),
            ours("snapshot"),
            ours("cli.input"),
            ours("cli.node"),
            ours("cli.terminal"));

    @ArchTest
    static final ArchRule CLI_IPAM = only(
            "cli.ipam",
            PICOCLI,
            JACKSON,
            RECONCILER,
            ours("calico.store"),
            ours("etcd"),
            ours("ipam"),
            ours("ipam.check"),
            ours("cli.connect"),
            ours("cli.input"),
            ours("cli.terminal"));

    @ArchTest
    static final ArchRule CLI_NODE = only(
            "cli.node",
            PICOCLI,
            RECONCILER,
            ours("agent"),
            ours("calico"),
            ours("etcd"),
            ours("node"),
            ours("state"),
            ours("cli.connect"),
            ours("cli.input"),
            ours("cli.terminal"));

    @ArchTest
    static final ArchRule ONLY_ETCD_KNOWS_JETCD = noClasses()
            .that()
            .resideOutsideOfPackage(ours("etcd"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.etcd..", "io.grpc..", "io.netty..")
            .because("everybody meets etcd through one package");

    @ArchTest
    static final ArchRule VERTX_IS_THE_RIM = noClasses()
            .that()
            .resideOutsideOfPackages(ours("http"), ours("agent"), ours("worker"))
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..")
            .because("the core and what talks to kernel and etcd is straight-line code that any thread can run");

    @ArchTest
    static final ArchRule ONLY_MAIN_KNOWS_CLI = noClasses()
            .that()
            .resideOutsideOfPackage("io.culvert.operator.cli..")
            .and()
            .doNotHaveFullyQualifiedName(Main.class.getName())
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.culvert.operator.cli..");

    @ArchTest
    static final ArchRule CLI_DOES_NOT_KNOW_THE_AGENTS_INSIDE = noClasses()
            .that()
            .resideInAPackage("io.culvert.operator.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.culvert.operator.loop", "io.culvert.operator.http", "io.culvert.operator.metrics");

    @ArchTest
    static final ArchRule ONLY_CLI_KNOWS_THE_AGENT = noClasses()
            .that()
            .resideOutsideOfPackages(ours("agent"), ours("cli.node"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.culvert.operator.agent");

    @ArchTest
    static final ArchRule ONLY_AGENT_AND_NODE_KNOW_NETLINK = noClasses()
            .that()
            .resideOutsideOfPackages(ours("agent"), ours("node"))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.culvert.netlink");

    @ArchTest
    static final ArchRule NOTHING_IS_FETCHED_OR_INSTANTIATED_BY_NAME = noClasses()
            .should()
            .dependOnClassesThat()
            .haveNameMatching("java\\.net\\.(URL|URLConnection|HttpURLConnection|URLClassLoader)")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.io\\.ObjectInputStream")
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.net.http..", "java.rmi..", "javax.naming..", "javax.script..", "org.yaml.snakeyaml..")
            .orShould()
            .callMethodWhere(target(nameMatching("(activate|enable)DefaultTyping.*")))
            .because("an agent with CAP_NET_ADMIN runs the code it was installed with, whatever it reads");

    @ArchTest
    static final ArchRule PROGRAMS_ARE_NFT_AND_THE_SCREENS_STTY = noClasses()
            .that()
            .resideOutsideOfPackage("io.culvert.operator.nft")
            .and()
            .doNotHaveFullyQualifiedName("io.culvert.operator.cli.terminal.Screen")
            .should()
            .dependOnClassesThat()
            .haveNameMatching("java\\.lang\\.ProcessBuilder")
            .orShould()
            .callMethodWhere(target(nameMatching("exec")))
            .because("nobody else has a program to start");

    @ArchTest
    static final ArchRule VERTX_HAS_ALL_THREADS = noClasses()
            .that()
            .doNotHaveFullyQualifiedName("io.culvert.operator.agent.Agent")
            .and()
            .doNotHaveFullyQualifiedName("io.culvert.operator.cli.status.StatusWatch")
            .should()
            .callConstructorWhere(target(owner(
                    assignableTo(Thread.class).or(assignableTo(Timer.class)).or(assignableTo(ExecutorService.class)))))
            .orShould()
            .dependOnClassesThat()
            .belongToAnyOf(Executors.class, ForkJoinPool.class)
            .orShould()
            .callMethod(CompletableFuture.class, "runAsync", Runnable.class)
            .orShould()
            .callMethod(CompletableFuture.class, "supplyAsync", Supplier.class)
            .orShould()
            .callMethodWhere(target(nameMatching("delayedExecutor|commonPool")))
            .because(
                    "timers and threads are Vert.x's, so that all of them can be seen in agent; the JVM's shutdown hooks alone"
                            + " need a Thread");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.culvert.operator.(**)").should().beFreeOfCycles();

    private static String ours(String room) {
        return "io.culvert.operator." + room;
    }

    private static ArchRule only(String subject, String... known) {
        String itself = ours(subject);
        String[] all = Stream.concat(Stream.of("java..", "org.jspecify.annotations", itself), Arrays.stream(known))
                .toArray(String[]::new);
        return classes()
                .that()
                .resideInAPackage(itself)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(all)
                .because("its package-info says so");
    }
}
