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
    static final ArchRule NET_KNOWS_NOTHING = only("net", with("io.culvert.reconciler.net"));

    @ArchTest
    static final ArchRule RESOURCE_KNOWS_NET =
            only("resource", with("io.culvert.reconciler.net", "io.culvert.reconciler.resource"));

    @ArchTest
    static final ArchRule KERNEL_KNOWS_NET =
            only("kernel", with("io.culvert.reconciler.net", "io.culvert.reconciler.kernel"));

    @ArchTest
    static final ArchRule IPAM_KNOWS_NET_AND_RESOURCE = only(
            "ipam", with("io.culvert.reconciler.net", "io.culvert.reconciler.resource", "io.culvert.reconciler.ipam"));

    @ArchTest
    static final ArchRule RESOLVE_DOES_NOT_SEE_WHAT_IS_THERE = noClasses()
            .that()
            .resideInAPackage("io.culvert.reconciler.resolve")
            .should()
            .dependOnClassesThat(new DescribedPredicate<>("are of kernel but Ruleset") {
                @Override
                public boolean test(JavaClass known) {
                    return known.getPackageName().equals("io.culvert.reconciler.kernel")
                            && !known.isEquivalentTo(Ruleset.class);
                }
            })
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage("io.culvert.reconciler.reconcile", "io.culvert.reconciler.ipam")
            .because("what is desired does not depend on what is there");

    @ArchTest
    static final ArchRule RECONCILE_IS_KNOWN_BY_NOBODY = noClasses()
            .that()
            .resideOutsideOfPackage("io.culvert.reconciler.reconcile")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.culvert.reconciler.reconcile");

    @ArchTest
    static final ArchRule NO_CYCLES =
            slices().matching("io.culvert.reconciler.(*)").should().beFreeOfCycles();

    private static ArchRule only(String subject, String... known) {
        return classes()
                .that()
                .resideInAPackage("io.culvert.reconciler." + subject)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(known)
                .because("its package-info says so");
    }

    private static String[] with(String... packages) {
        return Stream.concat(Arrays.stream(LANGUAGE), Arrays.stream(packages)).toArray(String[]::new);
    }
}
