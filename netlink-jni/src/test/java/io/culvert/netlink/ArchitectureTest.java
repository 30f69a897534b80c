package io.culvert.netlink;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.culvert.netlink", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule KNOWS_THE_PORT_ONLY = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "org.jspecify.annotations..",
                    "io.culvert.netlink..",
                    "io.culvert.reconciler.net..",
                    "io.culvert.reconciler.kernel..")
            .because("the implementation of the port does not know its users");

    @ArchTest
    static final ArchRule ONE_CLASS_CALLS_C = methods()
            .that()
            .haveModifier(JavaModifier.NATIVE)
            .should()
            .beDeclaredIn(NativeNetlink.class)
            .because("all calls of C are in one place");

    @ArchTest
    static final ArchRule ONE_CLASS_LOADS_LIBRARIES = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(NativeLibrary.class.getName())
            .should()
            .callMethod(System.class, "load", String.class)
            .orShould()
            .callMethod(System.class, "loadLibrary", String.class)
            .because("a library loaded elsewhere skips the layout check");

    @ArchTest
    static final ArchRule FEW_HOLD_HANDLES = noClasses()
            .that()
            .doNotBelongToAnyOf(
                    NativeNetlink.class, NetlinkSocket.class, KernelMonitor.class, SupervisorSocket.class, Layout.class)
            .should()
            .dependOnClassesThat()
            .belongToAnyOf(NativeNetlink.class)
            .because("a wrong handle crashes the process");
}
