package io.culvert.lab;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Prints a line for each test when it ends, with its time and, after a failure, the stack trace. */
final class TestFeed implements TestExecutionListener {

    private final PrintStream out;
    private final Map<TestIdentifier, Long> starts = new HashMap<>();
    private TestPlan plan;
    private boolean seenFailure;

    TestFeed(PrintStream out) {
        this.out = out;
    }

    boolean hasSeenFailure() {
        return seenFailure;
    }

    @Override
    public void testPlanExecutionStarted(TestPlan plan) {
        this.plan = plan;
        if (!plan.containsTests()) {
            fail("no tests in " + plan.getRoots());
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        fail("SKIPPED  " + name(test) + ": " + reason);
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        starts.put(test, System.nanoTime());
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        double seconds = (System.nanoTime() - starts.remove(test)) / 1e9;
        if (result.getStatus() != Status.SUCCESSFUL) {
            fail("%7.2f s  FAILED  %s".formatted(seconds, name(test)));
            result.getThrowable().ifPresent(thrown -> thrown.printStackTrace(out));
        } else if (test.isTest()) {
            out.printf("%7.2f s  %s%n", seconds, name(test));
        }
    }

    private void fail(String line) {
        seenFailure = true;
        out.println(line);
    }

    /** Class, test and, of a parameterized test, the parameters. */
    private String name(TestIdentifier test) {
        return plan.getParent(test)
                .filter(parent -> parent.getParentIdObject().isPresent())
                .map(parent -> name(parent) + " > " + test.getDisplayName())
                .orElse(test.getDisplayName());
    }
}
