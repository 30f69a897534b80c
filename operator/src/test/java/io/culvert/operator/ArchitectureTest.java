package io.culvert.operator;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.stream.Stream;

/** Who may know whom in the operator, as each package's {@code package-info} says. */
@AnalyzeClasses(packages = "io.culvert.operator", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String JACKSON = "com.fasterxml.jackson..";
    private static final String RESILIENCE = "io.github.resilience4j..";
    private static final String RECONCILER = "io.culvert.reconciler..";

    @ArchTest
    static final ArchRule HTTP_KNOWS_VERTX = only("http", "io.vertx..");

    @ArchTest
    static final ArchRule METRICS_KNOWS_THE_RECONCILER = only("metrics", RECONCILER, "io.prometheus..", RESILIENCE);

    @ArchTest
    static final ArchRule NFT_KNOWS_THE_PORT =
            only("nft", "io.culvert.reconciler.net", "io.culvert.reconciler.kernel", JACKSON);

    @ArchTest
    static final ArchRule STATE_KNOWS_NOBODY = only("state", "org.slf4j");

    @ArchTest
    static final ArchRule SYSCTL_KNOWS_THE_PORT =
            only("sysctl", "io.culvert.reconciler.kernel", "io.culvert.operator.state");

    @ArchTest
    static final ArchRule LOOP_KNOWS_THE_RECONCILER = only("loop", RECONCILER);

    @ArchTest
    static final ArchRule STATUS_KNOWS_REPORTS = only("status", RECONCILER, JACKSON);

    @ArchTest
    static final ArchRule CALICO_KNOWS_RESOURCES = only("calico", RECONCILER, JACKSON);

    @ArchTest
    static final ArchRule ETCD_KNOWS_DOCUMENTS = only(
            "etcd",
            RECONCILER,
            "io.culvert.operator.calico",
            "io.culvert.operator.state",
            "io.culvert.operator.status",
            "io.etcd..",
            "io.grpc..",
            "io.netty..",
            RESILIENCE,
            JACKSON,
            "org.slf4j",
            "javax.net.ssl");

    @ArchTest
    static final ArchRule IPAM_KNOWS_DOCUMENTS =
            only("ipam", RECONCILER, "io.culvert.operator.calico", "io.culvert.operator.etcd", JACKSON);

    @ArchTest
    static final ArchRule ONLY_ETCD_KNOWS_JETCD = noClasses()
            .that()
            .resideOutsideOfPackage("io.culvert.operator.etcd")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.etcd..", "io.grpc..", "io.netty..")
            .because("everybody meets etcd through one package");

    @ArchTest
    static final ArchRule VERTX_IS_THE_RIM = noClasses()
            .that()
            .resideOutsideOfPackages("io.culvert.operator.http", "io.culvert.operator.agent")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..")
            .because("what happens to the kernel is straight-line code");

    @ArchTest
    static final ArchRule ONLY_MAIN_KNOWS_CLI = noClasses()
            .that()
            .resideOutsideOfPackage("io.culvert.operator.cli")
            .and()
            .doNotHaveFullyQualifiedName(Main.class.getName())
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.culvert.operator.cli");

    @ArchTest
    static final ArchRule CLI_DOES_NOT_KNOW_THE_AGENTS_INSIDE = noClasses()
            .that()
            .resideInAPackage("io.culvert.operator.cli")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.culvert.operator.loop", "io.culvert.operator.http", "io.culvert.operator.metrics");

    @ArchTest
    static final ArchRule ONLY_CLI_KNOWS_THE_AGENT = noClasses()
            .that()
            .resideOutsideOfPackages("io.culvert.operator.agent", "io.culvert.operator.cli")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.culvert.operator.agent");

    @ArchTest
    static final ArchRule ONLY_THE_AGENT_KNOWS_NETLINK = noClasses()
            .that()
            .resideOutsideOfPackage("io.culvert.operator.agent")
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
            .doNotHaveFullyQualifiedName("io.culvert.operator.cli.Screen")
            .should()
            .dependOnClassesThat()
            .haveNameMatching("java\\.lang\\.ProcessBuilder")
            .orShould()
            .callMethodWhere(target(nameMatching("exec")))
            .because("nobody else has a program to start");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.culvert.operator.(*)").should().beFreeOfCycles();

    private static ArchRule only(String subject, String... known) {
        String itself = "io.culvert.operator." + subject;
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
