package io.culvert.operator.cli.resource;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.calico.ResourceHeader;
import io.culvert.operator.calico.Spelling;
import io.culvert.operator.cli.input.ResourceArguments;
import java.util.List;

/** Resources that the user named and that do not exist. Pure. */
final class MissingNames {

    private MissingNames() {}

    /** One line for each, in the order of asking: {@code ippool/blu does not exist; did you mean blue?}. */
    static List<String> of(ResourceArguments wanted, List<ObjectNode> stored) {
        List<String> names = stored.stream().map(ResourceHeader::name).toList();
        return wanted.names().stream()
                .filter(name -> !names.contains(name))
                .map(name -> wanted.kind().singular() + "/" + name + " does not exist" + Spelling.hint(name, names))
                .toList();
    }
}
