package io.millrace.serving.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate of localhost that it has signed itself, for tests over TLS. */
final class Certificate {

  private Certificate() {}

  /** Makes one, in a file of a folder. */
  static ServerOptions.Tls make(Path folder) throws Exception {
    Path keystore = folder.resolve("server.p12");
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    String command =
        "-genkeypair -alias server -keyalg EC -dname CN=localhost -ext san=dns:localhost"
            + " -storetype PKCS12 -storepass a-password -keystore";
    List<String> words = new ArrayList<>(List.of(keytool.toString()));
    words.addAll(List.of(command.split(" ")));
    words.add(keystore.toString());
    Process made = new ProcessBuilder(words).redirectErrorStream(true).start();
    assertThat(made.waitFor()).as(new String(made.getInputStream().readAllBytes(), UTF_8)).isZero();
    return new ServerOptions.Tls(keystore, "a-password");
  }

  /** What a client needs that trusts it alone. */
  static SSLContext trusting(ServerOptions.Tls tls) throws Exception {
    KeyStore trusted = KeyStore.getInstance(tls.keystore().toFile(), tls.password().toCharArray());
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }
}
