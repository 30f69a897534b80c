package io.culvert.operator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What the operator's guide tells its reader to type about etcd's roles, so that it is what the tests type. */
public final class Guide {

    private static final Path FILE = Path.of("..", "docs", "guide.md");
    private static final Pattern FENCED = Pattern.compile("(?ms)^```\\w*\\n(.*?)^```$");
    private static final String GRANT = "etcdctl role grant-permission (\\S+) (?:read|write|readwrite) (.*)";

    private Guide() {}

    /** The fenced block that makes the role. */
    public static String role(String name) throws IOException {
        return FENCED.matcher(Files.readString(FILE))
                .results()
                .map((MatchResult found) -> found.group(1))
                .filter(block -> block.contains("etcdctl role add " + name + "\n"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(FILE + " makes no role " + name));
    }

    /** The lines of a role's block that give it a range of keys. */
    public static List<String> grants(String block) {
        return block.lines().filter(line -> line.matches(GRANT)).toList();
    }

    /** The command that takes back what a line gives. */
    public static String revocation(String grant) {
        return grant.replaceFirst(GRANT, "etcdctl role revoke-permission $1 $2");
    }
}
