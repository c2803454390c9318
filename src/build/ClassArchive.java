import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts the system and sends it requests, so that the JVM archives the classes that they need. The
 * arguments are those of {@code java}. The system ends on its own; its exit status is passed on.
 */
class ClassArchive {
  private static final int REQUESTS = 60;

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  public static void main(String[] arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(arguments));
    command.add(0, System.getProperty("java.home") + "/bin/java");
    Process system = new ProcessBuilder(command).redirectErrorStream(true).start();
    system
        .inputReader()
        .lines()
        .peek(System.out::println)
        .filter(line -> line.startsWith("Ready"))
        .forEach(ready -> ask());
    System.exit(system.waitFor());
  }

  private static void ask() {
    try {
      for (int i = 0; i < REQUESTS; i++) {
        String path = List.of("check-sites", "check-sites-v2", "check-baidu", "").get(i % 4);
        URI url = URI.create("http://localhost:5000/" + path);
        CLIENT.send(
            HttpRequest.newBuilder(url).timeout(Duration.ofSeconds(5)).build(),
            BodyHandlers.discarding());
      }
    } catch (IOException | InterruptedException e) {
      System.out.println("Less than " + REQUESTS + " requests: " + e);
    }
  }
}
