package io.culvert.operator.cli.connect;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.culvert.operator.calico.Kind;
import io.culvert.operator.calico.Spelling;
import io.culvert.operator.cli.input.DocumentTree;
import io.culvert.operator.cli.input.Refusal;
import io.culvert.operator.etcd.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * calicoctl's configuration file, usually {@code /etc/calico/calicoctl.cfg}: a YAML document of kind {@code CalicoAPIConfig}.
 * Strict, as in calicoctl: an unknown field is a fault. Fields are those of Calico's {@code CalicoAPIConfigSpec}
 * ({@code libcalico-go/lib/apiconfig}). Not for more than one thread.
 */
final class CalicoctlConfig {

    private static final String KIND = "CalicoAPIConfig";
    private static final Set<String> ROOT = Set.of("apiVersion", "kind", "metadata", "spec");
    private static final Set<String> ETCD = Set.of(
            "datastoreType",
            "etcdEndpoints",
            "etcdDiscoverySrv",
            "etcdUsername",
            "etcdPassword",
            "etcdKeyFile",
            "etcdCertFile",
            "etcdCACertFile",
            "etcdKey",
            "etcdCert",
            "etcdCACert");
    private static final Set<String> KUBERNETES = Set.of(
            "kubeconfig",
            "kubeconfigInline",
            "k8sAPIEndpoint",
            "k8sAPIToken",
            "k8sCAFile",
            "k8sCertFile",
            "k8sKeyFile",
            "k8sClientQPS",
            "k8sCurrentContext",
            "k8sDisableNodePoll",
            "k8sInsecureSkipTLSVerify",
            "k8sUsePodCIDR");
    private static final Set<String> SPEC =
            Stream.of(ETCD, KUBERNETES).flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());

    private final Path file;
    private final JsonNode root;
    private final Map<String, Integer> lines;
    private final List<String> faults = new ArrayList<>();

    private CalicoctlConfig(Path file, DocumentTree tree) {
        this.file = file;
        this.root = tree.root();
        this.lines = tree.lines();
    }

    /** @throws Refusal naming every fault */
    static EtcdSettings read(Path file) {
        CalicoctlConfig config = new CalicoctlConfig(file, tree(file));
        EtcdSettings settings = config.settings();
        if (!config.faults.isEmpty()) {
            throw Refusal.invalid(config.faults);
        }
        return settings;
    }

    private static DocumentTree tree(Path file) {
        try (JsonParser parser = new YAMLFactory().createParser(Files.readString(file))) {
            return parser.nextToken() == null
                    ? new DocumentTree(JsonNodeFactory.instance.objectNode(), Map.of())
                    : DocumentTree.read(parser);
        } catch (JsonProcessingException malformed) {
            throw Refusal.invalid(file + ", line " + malformed.getLocation().getLineNr() + ": "
                    + withoutExcerpt(malformed.getOriginalMessage()));
        } catch (NoSuchFileException absent) {
            throw Refusal.invalid(
                    "cannot read " + file + ": no such file; --config takes a file such as /etc/calico/calicoctl.cfg");
        } catch (IOException unreadable) {
            throw Refusal.invalid("cannot read " + file + ": " + unreadable);
        }
    }

    /** SnakeYAML shows the place in the text, where the password may be. */
    private static String withoutExcerpt(String message) {
        return message.replaceAll("(?m)^ in '[^']*', line.*\\R(^    .*(\\R|$))*", "")
                .strip()
                .replaceAll("\\s+", " ");
    }

    private EtcdSettings settings() {
        known("", root, ROOT);
        known("spec", root.path("spec"), SPEC);
        expect("apiVersion", Kind.API_VERSION);
        expect("kind", KIND);
        if (text("datastoreType").filter(type -> !type.equals("etcdv3")).isPresent()) {
            fault("spec.datastoreType", "must be etcdv3: Culvert keeps its resources in etcd");
        }
        if (text("etcdDiscoverySrv").isPresent()) {
            fault("spec.etcdDiscoverySrv", "is not supported; list the servers in spec.etcdEndpoints");
        }
        return new EtcdSettings(
                text("etcdEndpoints"),
                Optional.empty(),
                pem("etcdCACertFile", "etcdCACert"),
                pem("etcdCertFile", "etcdCert"),
                pem("etcdKeyFile", "etcdKey"),
                text("etcdUsername"),
                text("etcdPassword"));
    }

    private void known(String path, JsonNode object, Set<String> names) {
        if (!object.isObject()) {
            if (!object.isMissingNode() && !object.isNull()) {
                fault(path, "must be an object");
            }
            return;
        }
        object.fieldNames().forEachRemaining(name -> {
            if (!names.contains(name)) {
                fault(path.isEmpty() ? name : path + "." + name, "unknown field" + Spelling.hint(name, names));
            }
        });
    }

    private void expect(String name, String value) {
        if (!root.path(name).asText().equals(value)) {
            fault(name, "must be " + value);
        }
    }

    private Optional<Pem> pem(String file, String inline) {
        Optional<String> path = text(file);
        Optional<String> text = text(inline);
        if (path.isPresent() && text.isPresent()) {
            fault("spec." + inline, "conflicts with spec." + file + "; remove one of them");
        }
        return path.map(EtcdSettings::file)
                .or(() -> text.map(pem -> Pem.inline("spec." + inline + " of " + this.file, pem)));
    }

    private Optional<String> text(String name) {
        JsonNode value = root.path("spec").path(name);
        if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
            fault("spec." + name, value.isContainerNode() ? "must be a string" : "must be a string; put it in quotes");
        }
        return value.isTextual() && !value.textValue().isEmpty() ? Optional.of(value.textValue()) : Optional.empty();
    }

    private void fault(String path, String rule) {
        Integer line = lines.get(path);
        faults.add(file + (line == null ? "" : ", line " + line) + ": " + (path.isEmpty() ? "" : path + ": ") + rule);
    }
}
