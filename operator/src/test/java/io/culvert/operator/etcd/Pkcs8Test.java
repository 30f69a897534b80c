package io.culvert.operator.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys as openssl and kubeadm write them, against openssl's own conversion. */
class Pkcs8Test {

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            RSA | openssl genrsa -traditional 1024
            RSA | openssl genrsa -traditional 4096
            EC  | openssl ecparam -name prime256v1 -genkey
            EC  | openssl ecparam -name secp384r1 -genkey
            EC  | openssl ecparam -name secp521r1 -genkey -noout
            EC  | openssl ecparam -name prime256v1 -genkey | openssl ec -no_public
            RSA | openssl genpkey -algorithm RSA
            EC  | openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256
            """)
    void everyFormIsTheSameKey(String algorithm, String command) throws Exception {
        String pem = run(command + " 2>/dev/null > key; cat key");
        String expected = run("openssl pkcs8 -topk8 -nocrypt -in key");
        assertThat(key(algorithm, Pkcs8.of("key", pem))).isEqualTo(key(algorithm, expected));
    }

    @ParameterizedTest
    @CsvSource({"openssl genrsa -traditional -aes128 -passout pass:x", "openssl genrsa -aes128 -passout pass:x"})
    void anEncryptedKeyIsNamed(String command) throws Exception {
        String pem = run(command + " 2>/dev/null");
        assertThatThrownBy(() -> Pkcs8.of("/etc/key.pem", pem))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/etc/key.pem is encrypted; decrypt it with");
    }

    @Test
    void aKeyThatIsCutOffIsAnErrorNotACrash() {
        assertThatThrownBy(
                        () -> Pkcs8.of("k", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----\n"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** The number in it, and the curve: openssl leaves out what PKCS #8 says twice. */
    private static String key(String algorithm, String pem) throws Exception {
        String body = pem.replaceAll("-----[A-Z ]+-----", "");
        PrivateKey key = KeyFactory.getInstance(algorithm)
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(body)));
        return key instanceof ECPrivateKey ec
                ? ec.getS() + " on " + ec.getParams()
                : ((RSAPrivateKey) key).getPrivateExponent() + " of " + ((RSAPrivateKey) key).getModulus();
    }

    private String run(String command) throws IOException {
        Files.createDirectories(directory);
        Process run = new ProcessBuilder("bash", "-ec", command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(run.getInputStream().readAllBytes(), UTF_8);
        assertThat(run.onExit().join().exitValue()).as(output).isZero();
        return output;
    }
}
