package io.culvert.operator.cli.ipam;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.culvert.operator.cli.connect.EtcdOptions;
import io.culvert.operator.cli.input.JsonOption;
import io.culvert.operator.cli.terminal.JsonOutput;
import io.culvert.operator.cli.terminal.Terminal;
import io.culvert.operator.etcd.EtcdConnection;
import io.culvert.operator.ipam.IpamReader;
import io.culvert.operator.ipam.check.IpamPicture;
import io.culvert.reconciler.net.Address;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code culvert ipam show}. */
@Command(
        name = "show",
        description = {
            "Show how full the pools are, and who holds which address.",
            "By default: each pool, and each node's blocks in it. Every assigned address counts as used, whoever holds it."
        },
        footer = {"", "Examples:", "  culvert ipam show --show-blocks", "  culvert ipam show --ip 192.168.0.1"})
public final class IpamShowCommand implements Callable<Integer> {

    private final Terminal terminal;

    @Option(names = "--show-blocks", description = "Show each block with its owner.")
    private boolean blocks;

    @Option(names = "--show-borrowed", description = "Show addresses that nodes borrow from blocks of others.")
    private boolean borrowed;

    @Option(names = "--show-configuration", description = "Show the IPAM settings in force.")
    private boolean configuration;

    @Option(
            names = "--ip",
            paramLabel = "ADDRESS",
            converter = AddressConverter.class,
            description = "Show who holds the address.")
    private @Nullable Address address;

    @Mixin
    private JsonOption output = new JsonOption();

    @Mixin
    private EtcdOptions etcd = new EtcdOptions();

    public IpamShowCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        boolean json = output.json();
        IpamPicture picture = new IpamPicture();
        long revision;
        try (EtcdConnection connection = etcd.connect()) {
            revision = new IpamReader(connection).read(picture::put);
        }
        if (json) {
            JsonOutput.lines(json(picture, revision)).forEach(terminal::print);
        } else {
            tables(new IpamTables(picture, terminal)).forEach(terminal::print);
        }
        return 0;
    }

    private ObjectNode json(IpamPicture picture, long revision) {
        ObjectNode root = IpamJson.document(revision);
        if (address != null) {
            IpamJson.addAddress(root, picture, address);
        }
        if (blocks) {
            IpamJson.addBlocks(root, picture);
        }
        if (borrowed) {
            IpamJson.addBorrowed(root, picture);
        }
        if (configuration) {
            IpamJson.addConfiguration(root, picture.config());
        }
        if (root.size() == 1) {
            IpamJson.addPools(root, picture);
        }
        return root;
    }

    private List<String> tables(IpamTables tables) {
        List<List<String>> chosen = new ArrayList<>();
        if (address != null) {
            chosen.add(tables.holderOf(address));
        }
        if (blocks) {
            chosen.add(tables.blocks());
        }
        if (borrowed) {
            chosen.add(tables.borrowed());
        }
        if (configuration) {
            chosen.add(tables.configuration());
        }
        if (chosen.isEmpty()) {
            chosen.add(tables.pools());
        }
        List<String> lines = new ArrayList<>();
        for (List<String> table : chosen) {
            if (!lines.isEmpty()) {
                lines.add("");
            }
            lines.addAll(table);
        }
        return lines;
    }

    /** Reads an IPv4 address. */
    static final class AddressConverter implements ITypeConverter<Address> {
        @Override
        public Address convert(String text) {
            try {
                return Address.parse(text);
            } catch (IllegalArgumentException malformed) {
                throw new TypeConversionException(String.valueOf(malformed.getMessage()));
            }
        }
    }
}
