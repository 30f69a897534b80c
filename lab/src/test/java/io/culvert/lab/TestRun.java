package io.culvert.lab;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

/**
 * Runs the tests of one lab, class by class. Labs that run side by side share a directory of reports: each takes the next class that no
 * other has taken. Ends with status 1 after a failure.
 */
final class TestRun {

    private final Launcher launcher;
    private final Path reports;
    private final TestFeed feed = new TestFeed(System.out);

    private TestRun(Launcher launcher, Path reports) {
        this.launcher = launcher;
        this.reports = reports;
    }

    /** Arguments: the directory of reports, then {@code CLASS} or {@code CLASS#METHOD} of this package; without any, all classes. */
    public static void main(String[] arguments) throws IOException {
        boolean failed;
        try (LauncherSession session = LauncherFactory.openSession()) {
            TestRun run = new TestRun(session.getLauncher(), Path.of(arguments[0]));
            List<String> names = Arrays.asList(arguments).subList(1, arguments.length);
            for (String name : names.isEmpty() ? run.classes() : names) {
                run.takeAndExecute(name);
            }
            failed = run.feed.hasSeenFailure();
        }
        // A test that hung has left its thread.
        System.exit(failed ? 1 : 0);
    }

    /** All classes of tests, in the order of their annotations. */
    private List<String> classes() {
        TestPlan plan = launcher.discover(LauncherDiscoveryRequestBuilder.request()
                .selectors(selectPackage(packageName()))
                .filters(includeClassNamePatterns(".*Test"))
                .build());
        return plan.getRoots().stream()
                .flatMap(engine -> plan.getChildren(engine).stream())
                .flatMap(type -> type.getSource().stream())
                .map(source -> ((ClassSource) source).getJavaClass().getSimpleName())
                .toList();
    }

    private void takeAndExecute(String name) throws IOException {
        Optional<Path> directory = taken(name);
        if (directory.isPresent()) {
            launcher.execute(
                    LauncherDiscoveryRequestBuilder.request()
                            .selectors(selector(name))
                            .build(),
                    feed,
                    new LegacyXmlReportGeneratingListener(directory.get(), new PrintWriter(System.err, true)));
        }
    }

    /** The directory for the reports of this test, unless another lab has taken the test. */
    private Optional<Path> taken(String name) throws IOException {
        try {
            return Optional.of(Files.createDirectory(reports.resolve(name)));
        } catch (FileAlreadyExistsException e) {
            return Optional.empty();
        }
    }

    private static DiscoverySelector selector(String name) {
        String qualified = packageName() + "." + name;
        return name.contains("#") ? selectMethod(qualified) : selectClass(qualified);
    }

    private static String packageName() {
        return TestRun.class.getPackageName();
    }
}
