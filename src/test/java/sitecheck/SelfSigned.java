package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

/** A certificate of 127.0.0.1 that vouches for itself. */
public final class SelfSigned {
  public static final String PASSWORD = "secret";

  private SelfSigned() {}

  /** Makes a key store that has it, with its key, as {@code a}. */
  public static Path store(Path folder) throws Exception {
    Path store = folder.resolve("store.p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    String options =
        "-genkeypair -alias a -keyalg EC -dname CN=test -ext san=ip:127.0.0.1 -storetype PKCS12"
            + " -storepass "
            + PASSWORD
            + " -keystore ";
    String[] command = (keytool + " " + options + store).split(" ");
    assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
    return store;
  }
}
