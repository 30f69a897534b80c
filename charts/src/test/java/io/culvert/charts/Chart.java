package io.culvert.charts;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.InstallCommand;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A chart's directory, as Helm's engine renders it.
 *
 * @param directory holds Chart.yaml
 */
record Chart(Path directory) {

    /** The one that users get. */
    static final Chart CULVERT = new Chart(Path.of("culvert"));

    private static final Pattern VERSION = Pattern.compile("(?m)^(version|appVersion): .*");
    private static final String HOOK = "\"helm.sh/hook\"";
    private static final String PLAIN = "\"plain.helm.sh/hook\"";

    Path file(String name) {
        return directory.resolve(name);
    }

    Helm helm() {
        return new Helm(directory);
    }

    /** A copy in another directory, with other templates. */
    Chart copy(Path target, UnaryOperator<String> change) throws IOException {
        copyFiles(directory, target);
        try (Stream<Path> templates = Files.walk(target.resolve("templates"))) {
            for (Path template : templates.filter(Files::isRegularFile).toList()) {
                Files.writeString(template, change.apply(Files.readString(template)));
            }
        }
        return new Chart(target);
    }

    /** Replaces some of a copy's files. */
    Chart with(Path others) throws IOException {
        copyFiles(others, directory.resolve("files"));
        return this;
    }

    /** Gives a copy another version, chart and product alike. */
    Chart version(String version) throws IOException {
        Path chart = file("Chart.yaml");
        Files.writeString(chart, VERSION.matcher(Files.readString(chart)).replaceAll("$1: " + version));
        return this;
    }

    private static void copyFiles(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = target.resolve(source.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** A copy whose hooks are plain objects; {@link #renderAll} makes hooks of them again. */
    Chart withoutHooks(Path target) throws IOException {
        return copy(target, text -> text.replace(HOOK, PLAIN));
    }

    /** The objects as YAML documents, without those that are hooks: {@code helm-java} does not give them out. */
    String render(Path values) {
        TemplateCommand template = helm().template();
        return template.withName("culvert")
                .withNamespace("kube-system")
                .withValuesFile(values)
                .call();
    }

    /** All objects of a chart {@link #withoutHooks}. */
    String renderAll(Path values) {
        return render(values).replace("plain.helm.sh/hook:", "helm.sh/hook:");
    }

    /** What Helm says after an installation. */
    String notes(Path values) {
        InstallCommand install = helm().install().clientOnly().dryRun();
        String output = install.withName("culvert")
                .withNamespace("kube-system")
                .withValuesFile(values)
                .call()
                .getOutput();
        return output.substring(output.indexOf("NOTES:"));
    }
}
