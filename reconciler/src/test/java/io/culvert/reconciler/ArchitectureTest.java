package io.culvert.reconciler;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.culvert.reconciler.kernel.Ruleset;
import io.culvert.reconciler.node.LocalNode;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.Timer;
import java.util.UUID;
import java.util.stream.Stream;

@AnalyzeClasses(packages = "io.culvert.reconciler", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String[] LANGUAGE = {
        "java.lang",
        "java.lang.annotation",
        "java.lang.invoke",
        "java.lang.runtime",
        "java.util",
        "java.util.function",
        "java.util.stream",
        "org.jspecify.annotations"
    };

    /** What both a dry run and a cycle use. */
    private static final String[] BELOW = {"net", "resource", "kernel", "firewall", "desired", "node", "resolve", "diff"
    };

    @ArchTest
    static final ArchRule KNOWS_THE_LANGUAGE_ONLY = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(with("io.culvert.reconciler.."))
            .because("files, sockets, clocks, threads and libraries are at the rim, which is another module");

    @ArchTest
    static final ArchRule IS_REPEATABLE = noClasses()
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(
                    Thread.class,
                    Runtime.class,
                    ProcessBuilder.class,
                    Random.class,
                    SplittableRandom.class,
                    UUID.class,
                    Timer.class)
            .orShould()
            .callMethod(Math.class, "random")
            .orShould()
            .accessTargetWhere(target(owner(type(System.class)))
                    .and(not(target(name("arraycopy"))))
                    .as("anything of System but arraycopy"))
            .because("the same input gives the same plan: time comes in as numbers, chance and waiting not at all");

    @ArchTest
    static final ArchRule NET = room("net", "addresses and prefixes are arithmetic");

    @ArchTest
    static final ArchRule RESOURCE =
            room("resource", "a resource is what etcd says, the same for every node and kernel", "net");

    @ArchTest
    static final ArchRule KERNEL =
            room("kernel", "a port that knew the datastore could not be tested against Linux alone", "net");

    @ArchTest
    static final ArchRule FIREWALL = room(
            "firewall",
            "what a firewall of the host does to packets depends neither on etcd nor on routes",
            "net",
            "kernel");

    @ArchTest
    static final ArchRule IPAM = room("ipam", "a claim depends on the datastore alone", "net", "resource");

    @ArchTest
    static final ArchRule DESIRED =
            room("desired", "who reads a desired state need not know how it was resolved", "net", "kernel");

    @ArchTest
    static final ArchRule NODE = room(
            "node", "a node is what it was configured with and what is observed on it", "net", "resource", "kernel");

    @ArchTest
    static final ArchRule RESOLVE = room(
            "resolve",
            "the desired state depends on the snapshot and the node, never on a diff",
            "net",
            "resource",
            "kernel",
            "desired",
            "node");

    @ArchTest
    static final ArchRule RESOLVE_IGNORES_THE_ACTUAL_STATE = noClasses()
            .that()
            .resideInAnyPackage("io.culvert.reconciler.desired", "io.culvert.reconciler.resolve")
            .should()
            .dependOnClassesThat(new DescribedPredicate<>("are of kernel but Ruleset, or of node but LocalNode") {
                @Override
                public boolean test(JavaClass known) {
                    String room = known.getPackageName();
                    return room.equals("io.culvert.reconciler.kernel") && !known.isEquivalentTo(Ruleset.class)
                            || room.equals("io.culvert.reconciler.node") && !known.isEquivalentTo(LocalNode.class);
                }
            })
            .because("what is desired does not depend on what is there");

    @ArchTest
    static final ArchRule DIFF = room(
            "diff",
            "a diff compares two states; it neither resolves the one nor applies the other",
            "net",
            "kernel",
            "desired",
            "node");

    @ArchTest
    static final ArchRule PLAN = room("plan", "a dry run must not reach what writes", BELOW);

    @ArchTest
    static final ArchRule PLAN_WRITES_NOTHING = noClasses()
            .that()
            .resideInAPackage("io.culvert.reconciler.plan")
            .should()
            .callMethodWhere(target(name("apply")))
            .because("a dry run changes nothing");

    @ArchTest
    static final ArchRule RECONCILE = room(
            "reconcile",
            "the cycle uses every room but the claims of IPAM, which the operator writes, and the dry run",
            BELOW);

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.culvert.reconciler.(*)").should().beFreeOfCycles();

    /** What a package may know besides itself and the language. */
    private static ArchRule room(String room, String reason, String... known) {
        return classes()
                .that()
                .resideInAPackage("io.culvert.reconciler." + room)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(with(Stream.concat(Stream.of(room), Arrays.stream(known))
                        .map("io.culvert.reconciler."::concat)
                        .toArray(String[]::new)))
                .because(reason);
    }

    private static String[] with(String... packages) {
        return Stream.concat(Arrays.stream(LANGUAGE), Arrays.stream(packages)).toArray(String[]::new);
    }
}
