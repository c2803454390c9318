package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A self-signed certificate for 127.0.0.1. */
public final class SelfSigned {
  static final char[] PASSWORD = "secret".toCharArray();

  private SelfSigned() {}

  /** Makes a key store with the certificate and its key, under the alias {@code a}. */
  public static KeyStore store(Path folder) throws Exception {
    Path store = folder.resolve("store.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String options =
        "-genkeypair -alias a -keyalg EC -dname CN=test -ext san=ip:127.0.0.1 -storepass secret"
            + " -storetype PKCS12 -keystore ";
    String[] command = (keytool + " " + options + store).split(" ");
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    return KeyStore.getInstance(store.toFile(), PASSWORD);
  }

  /** A TLS context that has the certificate, and trusts it. */
  public static SSLContext context(KeyStore store) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, PASSWORD);
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }
}
