import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Compares this system in one run with an older build and with other versions of the same five
 * services: {@code java bench/SideBySide.java OLD NAIVE YARDSTICK [rounds [part…]]}. The parts are
 * load, defaults, waiting, starts, processes and memory; all of them if none is named. OLD is a
 * built checkout. NAIVE has the class {@code demo.All} and its class path in {@code cp.txt},
 * YARDSTICK the class {@code peer.Peer} and its jars in {@code target/lib}. This needs Linux and
 * wrk, and takes an hour. The Java that runs it also runs all the systems.
 */
public final class SideBySide {
  private static final String PATH = "/check-sites-v2";
  private static final List<String> SERVICES =
      List.of("main", "upstream", "service1", "service2", "log", "sites", "traces");
  private static final Pattern WRK =
      Pattern.compile(
          "(?s)50% +([\\d.]+)(us|ms|s).*?(\\d+) requests in .*?Requests/sec: +([\\d.]+)");

  /** A run of wrk: requests/s, p50 in ms, CPU µs and context switches a request, memory in MB. */
  private record Load(double rate, double p50, double cpu, double switches, double memory) {}

  /** The seconds until it was ready; the memory in MB and the threads of the idle process. */
  private record Start(double ready, double memory, double threads) {}

  private interface Part {
    void measure() throws Exception;
  }

  private final int receiver = receiver();
  private final int rounds;
  private final Path ours = Path.of("").toAbsolutePath();
  private final Path old;
  private final Path naive;
  private final Path yardstick;
  private final List<String> report = new ArrayList<>();
  private boolean withOptions; // whether the current part uses the builds' JVM options

  private SideBySide(Path old, Path naive, Path yardstick, int rounds) throws IOException {
    this.old = old;
    this.naive = naive;
    this.yardstick = yardstick;
    this.rounds = rounds;
  }

  public static void main(String[] given) throws Exception {
    if (given.length < 3) {
      System.err.println("usage: java bench/SideBySide.java OLD NAIVE YARDSTICK [rounds [part…]]");
      System.exit(2);
    }
    Path[] folders =
        Stream.of(given).limit(3).map(it -> Path.of(it).toAbsolutePath()).toArray(Path[]::new);
    int rounds = given.length > 3 ? Integer.parseInt(given[3]) : 5;
    List<String> parts = Stream.of(given).skip(4).toList();
    new SideBySide(folders[0], folders[1], folders[2], rounds).run(parts);
    System.exit(0); // or the receiver's threads would continue
  }

  private void run(List<String> parts) throws Exception {
    say("# Side by side\n");
    say(
        "Java %d, %d processors, load average at the beginning %s; %d rounds in turn, medians.\n",
        Runtime.version().feature(),
        Runtime.getRuntime().availableProcessors(),
        Files.readString(Path.of("/proc/loadavg")).split(" ")[0],
        rounds);
    Map<String, Part> all = new LinkedHashMap<>();
    all.put("load", this::load);
    all.put("defaults", this::load);
    all.put("waiting", this::waiting);
    all.put("starts", this::starts);
    all.put("processes", this::processes);
    all.put("memory", this::memory);
    for (String part : parts.isEmpty() ? all.keySet() : parts) {
      withOptions = !part.equals("defaults");
      all.get(part).measure();
    }
    Path file = Path.of("bench", "java-" + Runtime.version().feature() + "-side-by-side.md");
    Files.writeString(file, String.join("", report));
  }

  /**
   * Measures the load of 64 connections, with sites of 0 ms and all spans sent to another process.
   * Each JVM has the options of its build, or the defaults.
   */
  private void load() throws Exception {
    Map<String, Running> all = new LinkedHashMap<>();
    all.put("this", system(ours, 6200, "0"));
    all.put("this, untraced", system(ours, 6300, "0", "untraced"));
    all.put("old", system(old, 6400, "0"));
    all.put("naive", naive());
    all.put("yardstick", yardstick());
    for (Running one : all.values()) {
      one.load(64, 150); // the compilers need two minutes on two slow processors
    }
    Map<String, List<Load>> measured = inTurn(all, rounds, 6);
    say(
        "\n"
            + (withOptions ? "" : "Heap and collector as the JVM chooses them:\n\n")
            + "| 64 connections, sites of 0 ms | requests/s | CPU µs a request | context switches a"
            + " request | RSS MB | this / it, requests/s |\n"
            + "|---|---|---|---|---|---|\n");
    double rate = median(measured.get("this"), Load::rate);
    measured.forEach(
        (name, loads) ->
            say(
                "| %s | %.0f | %.0f | %.1f | %.0f | %.2f |\n",
                name,
                median(loads, Load::rate),
                median(loads, Load::cpu),
                median(loads, Load::switches),
                median(loads, Load::memory),
                rate / median(loads, Load::rate)));
    double then = median(measured.get("old"), Load::cpu);
    say("\nCPU a request, this / old: %.2f.\n", median(measured.get("this"), Load::cpu) / then);
  }

  /**
   * Loads all in turn with 64 connections, {@code times} times for {@code seconds}, then ends them.
   */
  private static Map<String, List<Load>> inTurn(Map<String, Running> all, int times, int seconds)
      throws Exception {
    Map<String, List<Load>> loads = new LinkedHashMap<>();
    for (int time = 0; time < times; time++) {
      for (String name : all.keySet()) {
        Load load = all.get(name).load(64, seconds);
        loads.computeIfAbsent(name, none -> new ArrayList<>()).add(load);
      }
    }
    all.values().forEach(Running::close);
    return loads;
  }

  /** Measures whether parallel calls stay parallel, with sites that take 100 ms. */
  private void waiting() throws Exception {
    try (Running system = system(ours, 6200, "100")) {
      system.load(64, 120); // the compilers need two minutes
      Map<Integer, List<Load>> loads = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (int connections : List.of(1, 64, 256)) {
          loads.computeIfAbsent(connections, none -> new ArrayList<>());
          // Requests of the previous load that are still in flight count for the limit.
          system.awaitAnswer();
          system.load(1, 1);
          system.awaitAnswer();
          loads.get(connections).add(system.load(connections, 6));
        }
      }
      double alone = median(loads.get(1), Load::p50);
      say(
          "\n"
              + "Sites of 100 ms: p50 at 64 connections / at 1: %.2f; requests/s at 256 connections"
              + " / 2560: %.2f.\n",
          median(loads.get(64), Load::p50) / alone, median(loads.get(256), Load::rate) / 2560);
    }
  }

  /** Measures one JVM with its trace store: the start, and the 15 s after it. */
  private void starts() throws Exception {
    say(
        "\n"
            + "| one JVM | Ready, s | RSS idle MB | threads idle | requests/s, the first 15 s |\n"
            + "|---|---|---|---|---|\n");
    Map<String, List<Start>> starts = new LinkedHashMap<>();
    Map<String, List<Load>> first = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (Path folder : List.of(ours, old)) {
        String name = folder.equals(ours) ? "this" : "old";
        long begin = System.nanoTime();
        try (Running system = system(folder, 6200, "0", "all")) {
          double ready = (System.nanoTime() - begin) / 1e9;
          if (round > 0) { // the first start fills the file system's cache
            Start start = new Start(ready, system.memory(), system.threads());
            starts.computeIfAbsent(name, none -> new ArrayList<>()).add(start);
            Load load = system.load(64, 15);
            first.computeIfAbsent(name, none -> new ArrayList<>()).add(load);
          }
        }
      }
    }
    starts.forEach(
        (name, all) ->
            say(
                "| %s | %.2f | %.0f | %.0f | %.0f |\n",
                name,
                median(all, Start::ready),
                median(all, Start::memory),
                median(all, Start::threads),
                median(first.get(name), Load::rate)));
  }

  /** Measures five services as five JVMs that start together; the sites are a sixth. */
  private void processes() throws Exception {
    say("\n| five JVMs | first answer, s | RSS after load, MB |\n|---|---|---|\n");
    for (Path folder : List.of(ours, old)) {
      Running sites = system(folder, 6200, "0", "sites");
      long begin = System.nanoTime();
      List<Running> five = new ArrayList<>();
      for (String service : SERVICES.subList(0, 5)) {
        five.add(begin(folder, 6200, "0", service));
      }
      Running main = five.get(0);
      main.awaitAnswer();
      double answer = (System.nanoTime() - begin) / 1e9;
      main.load(64, 60);
      double memory = 0;
      for (Running one : five) {
        memory += one.memory();
      }
      five.forEach(Running::close);
      sites.close();
      say("| %s | %.1f | %.0f |\n", folder.equals(ours) ? "this" : "old", answer, memory);
    }
  }

  /**
   * Measures a JVM during five minutes of load: its trace store is full after some seconds. Another
   * JVM sends its spans to a collector that accepts connections and never answers.
   */
  private void memory() throws Exception {
    Map<String, List<Load>> loads;
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String hangs = spansTo(silent.getLocalPort());
      Map<String, Running> all = new LinkedHashMap<>();
      all.put("as it is", system(ours, 6200, "0", "all"));
      all.put("2 GB of heap", system(ours, 6400, "0", "all", "-Xmx2g", "-XX:MaxNewSize=1g"));
      all.put("the collector hangs", system(ours, 6600, "0", "all", hangs));
      loads = inTurn(all, 10, 30);
    }
    say("\n| trace store full | requests/s, the last half | RSS MB at the end |\n|---|---|---|\n");
    loads.forEach(
        (name, of) ->
            say(
                "| %s | %.0f | %.0f |\n",
                name, median(of.subList(5, 10), Load::rate), of.get(9).memory()));
  }

  private Running system(Path folder, int port, String delay, String... services) throws Exception {
    Running running = begin(folder, port, delay, services);
    running.await("Ready in");
    return running;
  }

  /** Starts all services but the trace store, or those that are named: "all", or one of them. */
  private Running begin(Path folder, int port, String delay, String... services) throws Exception {
    List<String> named = Stream.of(services).filter(it -> !it.startsWith("-")).toList();
    boolean untraced = named.equals(List.of("untraced"));
    List<String> options =
        new ArrayList<>(
            withOptions
                ? launch(folder, named.size() == 1 && SERVICES.containsAll(named))
                : List.of());
    Map<String, Object> settings = new LinkedHashMap<>();
    for (int i = 0; i < SERVICES.size(); i++) {
      settings.put(SERVICES.get(i) + ".port", port + i);
      settings.put(SERVICES.get(i) + ".management.port", port + 10 + i);
    }
    settings.put("traces.otlp.port", port + 6); // in older versions
    settings.put("traces.ui.port", port + 16);
    settings.put("sites.delay", delay);
    settings.put("trace.print", false);
    settings.put("data.folder", Files.createTempDirectory("side-by-side"));
    String known = Files.readString(folder.resolve("application.properties"));
    settings.keySet().removeIf(name -> !known.contains("\n" + name + " ="));
    settings.forEach((name, value) -> options.add("-D" + name + "=" + value));
    if (untraced) {
      options.add("-Dcamel.opentelemetry.enabled=false");
    }
    options.add(spansTo(named.equals(List.of("all")) ? port + 6 : receiver));
    Stream.of(services).filter(it -> it.startsWith("-")).forEach(options::add); // the last one wins
    options.addAll(List.of("-jar", "target/site-check.jar"));
    if (named.isEmpty() || untraced) {
      options.addAll(SERVICES.subList(0, 6));
    } else if (!named.equals(List.of("all"))) {
      options.addAll(named);
    }
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("OTEL_TRACES_EXPORTER", untraced ? "none" : "otlp");
    return new Running(folder, options, environment, port);
  }

  private static String spansTo(int port) {
    return "-Dotel.exporter.otlp.endpoint=http://127.0.0.1:" + port;
  }

  /** The JVM options that a build has for the whole system, or for one service alone. */
  private static List<String> launch(Path folder, boolean alone) throws IOException {
    Path service = folder.resolve("target/service");
    boolean has = alone && Files.exists(service);
    return Files.readString(has ? service : folder.resolve("target/site-check"))
        .lines()
        .filter(line -> line.startsWith("-X"))
        .flatMap(line -> Stream.of(line.split(" ")))
        .toList();
  }

  private Running naive() throws Exception {
    String path = "target/classes:" + Files.readString(naive.resolve("cp.txt")).strip();
    List<String> options =
        List.of("-Dbase=6600", "-Dotel=1", "-Dexp=otlp", "-Dtuned=true", "-cp", path, "demo.All");
    Map<String, String> environment =
        Map.of(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "http://127.0.0.1:" + receiver + "/v1/traces",
            "OTEL_BSP_MAX_QUEUE_SIZE",
            "4096");
    Running running = new Running(naive, options, environment, 6600);
    running.awaitAnswer();
    return running;
  }

  private Running yardstick() throws Exception {
    String url = "-Dotlp.url=http://127.0.0.1:" + receiver + "/v1/traces";
    List<String> options =
        List.of(
            url,
            "-Dotlp.queue=4096",
            "-Dbase=6700",
            "-cp",
            "target/classes:target/lib/*",
            "peer.Peer");
    Running running = new Running(yardstick, options, Map.of(), 6700);
    running.awaitAnswer();
    return running;
  }

  /** A started process. */
  private static final class Running implements AutoCloseable {
    private final Path output = Files.createTempFile("side-by-side", ".txt");
    private final Process process;
    private final String url;

    Running(Path folder, List<String> options, Map<String, String> environment, int port)
        throws IOException {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(options);
      ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.environment().putAll(environment);
      process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      url = "http://127.0.0.1:" + port + PATH;
    }

    void await(String text) throws Exception {
      while (!Files.readString(output).contains(text)) {
        lives();
      }
    }

    void awaitAnswer() throws Exception {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
      while (true) {
        try {
          if (HttpClient.newHttpClient().send(request, BodyHandlers.discarding()).statusCode()
              == 200) {
            return;
          }
        } catch (IOException notYet) {
          // ask again
        }
        lives();
      }
    }

    private void lives() throws Exception {
      if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(Files.readString(output));
      }
    }

    Load load(int connections, int seconds) throws Exception {
      double cpu = cpu();
      long switches = switches();
      List<String> command =
          List.of("wrk", "-t1", "-c" + connections, "-d" + seconds + "s", "--latency", url);
      Process wrk = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(wrk.getInputStream().readAllBytes());
      MatchResult found = WRK.matcher(said).results().findFirst().orElse(null);
      if (found == null || said.contains("Non-2xx")) {
        throw new IllegalStateException(url + ": " + said);
      }
      double count = Double.parseDouble(found.group(3));
      double unit = found.group(2).equals("us") ? 0.001 : found.group(2).equals("s") ? 1000 : 1;
      return new Load(
          Double.parseDouble(found.group(4)),
          Double.parseDouble(found.group(1)) * unit,
          (cpu() - cpu) / count * 1e6,
          (switches() - switches) / count,
          memory());
    }

    private double cpu() {
      return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e9;
    }

    /** The context switches of all live threads. */
    private long switches() throws IOException {
      try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
        return threads.mapToLong(Running::switches).sum();
      }
    }

    private static long switches(Path thread) {
      try {
        return Files.readAllLines(thread.resolve("status")).stream()
            .filter(line -> line.contains("_switches"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum();
      } catch (IOException ended) {
        return 0;
      }
    }

    double memory() throws IOException {
      return status("VmRSS") / 1024.0;
    }

    double threads() throws IOException {
      return status("Threads");
    }

    private long status(String name) throws IOException {
      return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }

    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  /** Receives spans as OTLP over HTTP and ignores them; returns its port. */
  private static int receiver() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext(
        "/v1/traces",
        request -> {
          request.getRequestBody().readAllBytes();
          request.sendResponseHeaders(200, -1);
          request.close();
        });
    server.start();
    return server.getAddress().getPort();
  }

  private static <T> double median(List<T> all, ToDoubleFunction<T> figure) {
    double[] sorted = all.stream().mapToDouble(figure).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  private void say(String format, Object... figures) {
    String text = String.format(Locale.ROOT, format, figures);
    report.add(text);
    System.out.print(text);
  }
}
