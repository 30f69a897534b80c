package io.culvert.bench;

import java.util.Locale;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * The parts that touch nothing but memory, by JMH: every benchmark on the class path, in forks that have this process's Java
 * options. Prints each iteration's average as a sample of {@code CLASS.METHOD}, in the unit that the benchmark names.
 */
final class Pure {

    private static final int FORKS = 2;

    private Pure() {}

    public static void main(String[] args) throws RunnerException {
        TimeValue iteration = TimeValue.milliseconds(250);
        var options = new OptionsBuilder()
                .forks(FORKS)
                .warmupIterations(3)
                .warmupTime(iteration)
                .measurementIterations(5)
                .measurementTime(iteration)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();
        for (RunResult run : new Runner(options).run()) {
            print(run);
        }
    }

    private static void print(RunResult run) {
        String benchmark = run.getParams().getBenchmark();
        String method = benchmark.substring(benchmark.lastIndexOf('.', benchmark.lastIndexOf('.') - 1) + 1);
        for (BenchmarkResult fork : run.getBenchmarkResults()) {
            for (IterationResult iteration : fork.getIterationResults()) {
                double score = iteration.getPrimaryResult().getScore();
                System.out.printf(Locale.ROOT, "%s\t%.6f%n", method, score);
            }
        }
    }
}
