package sitecheck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import sitecheck.contract.Check;

/**
 * Follows docs/contract.md in an empty folder, with the page's application, and then with each
 * tracer on each Camel version. {@code -Dcontract=write} updates what the page shows.
 */
@DisabledOnOs(OS.WINDOWS)
@Tag("any-jdk")
class ContractIT {

  private static final String TREE = "src/test/resources/traces/order.txt";
  private static final String UNUSED = "src/test/resources/traces/unused.txt";
  private static final Pattern DIFFERENCE =
      Pattern.compile("(?ms)^" + Pattern.quote(TREE) + ".*?(?=\\n\\s*\\n\\s*at )");

  /** The setting that the page gives for another tracer. */
  private static final Pattern LINE = Pattern.compile("`(camel\\.[\\w.]+ = \\S+)`");

  private static final List<String> CAMELS = List.of("4.18.0", "4.14.0");

  /** In the order of the page. */
  private static final List<String> TRACERS =
      List.of("camel-opentelemetry", "camel-opentelemetry2", "site-check-tracing");

  @TempDir Path folder;

  private Page page = Page.read("docs/contract.md");

  @BeforeAll
  static void install() {
    LocalRepository.install("contract", "test-classes/sitecheck/contract/Check.class");
    LocalRepository.install("tracing", "classes/sitecheck/tracing/Tracing.class");
  }

  @Test
  void theCommandsOfThePageShowItsOutput() throws Exception {
    Path first = application("first", TRACERS.get(0), "4.18.0");
    assertThat(maven(first, "-Dcontract=write")).isZero();
    if ("write".equals(System.getProperty("contract"))) {
      everyTracer("-Dcontract=write");
      List<String> trees = new ArrayList<>();
      for (String tracer : TRACERS) {
        trees.add(Files.readString(folder.resolve(tracer + "-4.18.0").resolve(TREE)));
      }
      page = page.verify("text", trees);
    }
    assertThat(first.resolve(TREE)).hasContent(page.blocks("text").get(0));

    application("twice", TRACERS.get(0), "4.18.0");
    Path leaking = application("leaking", TRACERS.get(1), "4.18.0");
    write(leaking.resolve("src/test/java/shop/ShopTest.java"), page.block("java", "@Test"));
    write(application("unused", TRACERS.get(0), "4.18.0").resolve(UNUSED), "no spans\n");
    assertThat(everyTracer("-fae", "twice", "leaking", "unused")).isNotZero();

    for (String camel : CAMELS) {
      for (String tracer : TRACERS) {
        assertThat(report(tracer + "-" + camel)).contains("Failures: 0, Errors: 0");
      }
    }
    assertThat(report("leaking")).contains("scopes that their thread has not closed");
    assertThat(report("unused")).contains("No test uses [" + UNUSED + "]");
    Matcher difference = DIFFERENCE.matcher(report("twice"));
    assertThat(difference.find()).as(report("twice")).isTrue();
    page.verify("diff", List.of(difference.group() + "\n"));
  }

  @Test
  void theLinksOfThePageWorkAndEachCheckIsListed() {
    page.assertLinks();
    assertThat(Check.values())
        .allSatisfy(check -> assertThat(page.text()).contains("| `" + check + "` |"));
  }

  private String report(String application) throws IOException {
    return Files.readString(
        folder.resolve(application).resolve("target/surefire-reports/shop.ShopTest.txt"));
  }

  private static int maven(Path folder, String argument) {
    String pom = folder.resolve("pom.xml").toString();
    return LocalRepository.maven("-q", "-T2", "-f", pom, "test", argument);
  }

  /** Tests the application with each tracer on each Camel, and other applications, in parallel. */
  private int everyTracer(String argument, String... more) throws IOException {
    StringBuilder modules = new StringBuilder();
    for (String camel : CAMELS) {
      for (String tracer : TRACERS) {
        String name = tracer + "-" + camel;
        application(name, tracer, camel);
        modules.append("<module>" + name + "</module>");
      }
    }
    List.of(more).forEach(name -> modules.append("<module>" + name + "</module>"));
    Files.writeString(
        folder.resolve("pom.xml"),
        """
        <project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
        <groupId>shop</groupId><artifactId>shops</artifactId><version>1</version>
        <packaging>pom</packaging><modules>%s</modules></project>
        """
            .formatted(modules));
    return maven(folder, argument);
  }

  /** Writes the page's application, with the tree that the page shows for a tracer. */
  private Path application(String name, String tracer, String camel) throws IOException {
    String pom = page.block("xml", "<project").replace("4.18.0", camel);
    String properties = page.block("properties", "opentelemetry");
    String test = page.block("java", "@Test");
    int number = TRACERS.indexOf(tracer);
    if (number > 0) {
      String line = LINE.matcher(page.text()).results().toList().get(number - 1).group(1);
      properties = "camel.main.name = shop\n" + line + "\n";
    }
    if (number == 1) {
      pom = pom.replace(">camel-opentelemetry<", ">camel-opentelemetry2<");
      test =
          test.replace(
              "TraceContract();", "TraceContract().without(sitecheck.contract.Check.OPEN_SCOPE);");
    } else if (number == 2) {
      pom =
          pom.replaceAll(
              "<groupId>org.apache.camel</groupId>(\\s*)<artifactId>camel-opentelemetry</artifactId>",
              "<groupId>sitecheck</groupId>$1<artifactId>site-check-tracing</artifactId>"
                  + "$1<version>0.1.0-SNAPSHOT</version>");
    }
    Path application = folder.resolve(name);
    write(
        application.resolve("pom.xml"),
        pom.replace("<artifactId>shop<", "<artifactId>" + name + "<"));
    write(application.resolve("src/main/resources/application.properties"), properties);
    String shop = page.block("java", "RouteBuilder");
    write(
        application.resolve("src/main/java/shop/Shop.java"),
        name.equals("twice") ? shop.replaceFirst("\\.to.*", "$0$0") : shop);
    write(application.resolve("src/test/java/shop/ShopTest.java"), test);
    if (!name.equals("first")) {
      write(application.resolve(TREE), page.blocks("text").get(number));
    }
    return application;
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
