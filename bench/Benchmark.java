import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Measures the system under load in one run, after a build: {@code java bench/Benchmark.java}. wrk
 * makes the load; this process receives the spans. Variants to compare run side by side and are
 * measured in turn, so that a slow phase of the machine slows all of them. The Java that runs this
 * also runs the system, and the results are named after it.
 */
public final class Benchmark {

  private static final Path JAR = Path.of("target/site-check.jar");
  private static final Path RESULTS = Path.of("bench");
  private static final String JAVA = "java-" + Runtime.version().feature();
  private static final List<Integer> CONNECTIONS = List.of(1, 16, 64, 256);
  private static final int SPANS_OF_A_REQUEST = 17;

  /** The destination of the spans, which decides what tracing costs. */
  private enum Tracing {
    OFF,
    ON,
    DOWN
  }

  /** A measured case; the delay of the sites is in milliseconds. */
  private record Case(Tracing tracing, int delay, String path, int connections) {}

  /** The result of a run of wrk: times in ms, CPU in µs for each request, memory in MB. */
  private record Result(
      double rate, double p50, double p99, double cpu, double memory, double failed) {}

  private final int warmUp;
  private final int seconds;
  private final int rounds;
  private final Receiver receiver = new Receiver();
  private final Map<Case, List<Result>> results = new LinkedHashMap<>();

  private Benchmark(int warmUp, int seconds, int rounds) throws IOException {
    this.warmUp = warmUp;
    this.seconds = seconds;
    this.rounds = rounds;
  }

  public static void main(String[] arguments) {
    try {
      run(List.of(arguments));
      System.exit(0);
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1); // or other threads would continue
    }
  }

  private static void run(List<String> given) throws Exception {
    if (!Files.exists(JAR)) {
      throw new IllegalStateException(JAR + " is not there: ./mvnw -q -Dmaven.test.skip package");
    }
    if (given.equals(List.of("memory"))) {
      measureMemory(10);
    } else if (given.equals(List.of("log"))) {
      measureLog(3);
    } else if (given.equals(List.of("overload"))) {
      measureOverload();
    } else if (given.isEmpty() || given.equals(List.of("quick"))) {
      boolean quick = !given.isEmpty();
      new Benchmark(quick ? 10 : 60, quick ? 3 : 6, quick ? 1 : 2).measure();
    } else {
      throw new IllegalArgumentException(
          "usage: java bench/Benchmark.java [quick | memory | log | overload]");
    }
  }

  private void measure() throws Exception {
    Map<String, Instance> instances = new LinkedHashMap<>();
    int port = 6000;
    for (int delay : List.of(0, 100)) {
      for (Tracing tracing : Tracing.values()) {
        if (tracing != Tracing.DOWN || delay == 0) {
          instances.put(tracing + " " + delay, new Instance(tracing, delay, port, receiver.port()));
          port += 20;
        }
      }
    }
    for (Instance instance : instances.values()) {
      warmUp(instance);
    }
    for (int round = 0; round < rounds; round++) {
      for (String path : List.of("/check-sites", "/check-sites-v2")) {
        for (int connections : CONNECTIONS) {
          for (Instance instance : instances.values()) {
            instance.settle(path);
            Case measured = new Case(instance.tracing, instance.delay, path, connections);
            Result result = instance.measure(path, connections, seconds);
            results.computeIfAbsent(measured, none -> new ArrayList<>()).add(result);
            System.out.println(measured + " " + result);
          }
        }
      }
    }
    long requests = instances.get("ON 0").requests + instances.get("ON 100").requests;
    String losses =
        instances.values().stream().map(Instance::stop).collect(Collectors.joining()).strip();
    report(requests, losses);
  }

  /**
   * Makes load until the JVM has compiled the code in use: a minute here. The connections are few,
   * since the compiler's thread competes with all runnable threads.
   */
  private void warmUp(Instance instance) throws Exception {
    int connections = instance.delay == 0 ? 6 : 64;
    instance.wrk("/check-sites-v2", connections, warmUp - warmUp / 4);
    instance.wrk("/check-sites", connections, warmUp / 4);
  }

  private void report(long requests, String losses) throws Exception {
    String sequential = "/check-sites";
    String parallel = "/check-sites-v2";
    double atOnce = Math.min(2560, rate(Tracing.ON, 0, parallel, 256));
    double untraced = rate(Tracing.OFF, 0, parallel, 64);
    double alone = p50(parallel, 1);
    long spans = receiver.spans.sum();
    StringBuilder text = new StringBuilder("# Load\n\n");
    text.append(machine())
        .append(" Each figure is the median of its rounds.\n\n| ratio | measured |\n|---|---|\n");
    ratio(
        text,
        "sequential p50 / parallel p50, 1 connection, sites of 100 ms",
        p50(sequential, 1) / alone);
    ratio(
        text, "parallel p50 at 64 connections / at 1, sites of 100 ms", p50(parallel, 64) / alone);
    ratio(
        text,
        "requests/s at 256 connections, sites of 100 ms, parallel / %.0f, the lesser of 2560 and those with sites of 0 ms"
            .formatted(atOnce),
        rate(Tracing.ON, 100, parallel, 256) / atOnce);
    ratio(
        text,
        "requests/s traced and exported / untraced, 64 connections, sites of 0 ms",
        rate(Tracing.ON, 0, parallel, 64) / untraced);
    ratio(
        text,
        "the same without a receiver of the spans",
        rate(Tracing.DOWN, 0, parallel, 64) / untraced);
    text.append(
        "\n%d spans were taken of %d requests, %.2f each. %s\n\n"
            .formatted(
                spans,
                requests,
                (double) spans / requests,
                losses.isEmpty() ? "None was lost." : losses));
    text.append(
        "| sites | path | connections | tracing | requests/s | p50 ms | p99 ms | CPU µs | memory MB"
            + " | failed |\n");
    text.append("|---|---|---|---|---|---|---|---|---|---|\n");
    results.keySet().forEach(measured -> text.append(row(measured)));
    Files.writeString(RESULTS.resolve(JAVA + ".md"), text);
    Files.writeString(
        RESULTS.resolve(JAVA + ".svg"),
        new Plot((path, connections) -> rate(Tracing.ON, 100, path, connections)).draw());
    System.out.println(text);
  }

  private static void ratio(StringBuilder text, String what, double measured) {
    text.append(String.format(Locale.ROOT, "| %s | %.2f |\n", what, measured));
  }

  private String row(Case measured) {
    return String.format(
        Locale.ROOT,
        "| %d ms | %s | %d | %s | %.0f | %.1f | %.1f | %.0f | %.0f | %.0f |\n",
        measured.delay(),
        measured.path(),
        measured.connections(),
        measured.tracing().name().toLowerCase(Locale.ROOT),
        median(measured, Result::rate),
        median(measured, Result::p50),
        median(measured, Result::p99),
        median(measured, Result::cpu),
        median(measured, Result::memory),
        results.get(measured).stream().mapToDouble(Result::failed).sum());
  }

  private double rate(Tracing tracing, int delay, String path, int connections) {
    return median(new Case(tracing, delay, path, connections), Result::rate);
  }

  /** The median response time with tracing and sites of 100 ms. */
  private double p50(String path, int connections) {
    return median(new Case(Tracing.ON, 100, path, connections), Result::p50);
  }

  private double median(Case measured, ToDoubleFunction<Result> figure) {
    return median(results.get(measured), figure);
  }

  private static double median(List<Result> results, ToDoubleFunction<Result> figure) {
    double[] sorted = results.stream().mapToDouble(figure).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }

  /** Describes the machine and its Java. */
  private static String machine() {
    Runtime runtime = Runtime.getRuntime();
    return "Measured with Java %s on %d processors (%s), with the load, the services and the receiver of the spans on them."
        .formatted(
            Runtime.version().feature(),
            runtime.availableProcessors(),
            System.getProperty("os.arch"));
  }

  /** Requests per second by connections for both modes, as SVG. */
  private record Plot(Rate rate) {

    interface Rate {
      double of(String path, int connections);
    }

    private static final int WIDTH = 640;
    private static final int HEIGHT = 360;
    private static final int LEFT = 60;
    private static final int BOTTOM = 40;

    String draw() {
      double top =
          CONNECTIONS.stream().mapToDouble(c -> rate.of("/check-sites-v2", c)).max().orElse(1)
              * 1.1;
      StringBuilder svg = new StringBuilder();
      svg.append(
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">\n"
              .formatted(WIDTH, HEIGHT));
      svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
      text(svg, LEFT, 20, "start", "black", "requests/s by connections, sites that take 100 ms");
      for (int i = 0; i < CONNECTIONS.size(); i++) {
        text(svg, x(i), HEIGHT - BOTTOM + 20, "middle", "black", "" + CONNECTIONS.get(i));
      }
      double step = Math.pow(10, Math.floor(Math.log10(top)));
      step = top / step < 3 ? step / 4 : step;
      for (double value = 0; value < top; value += step) {
        svg.append(
            String.format(
                Locale.ROOT,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n",
                LEFT,
                WIDTH - 20,
                y(value, top),
                y(value, top)));
        text(
            svg,
            LEFT - 8,
            y(value, top) + 4,
            "end",
            "black",
            String.format(Locale.ROOT, "%.0f", value));
      }
      line(svg, "/check-sites-v2", "#0b6e99", "parallel", -8, top);
      line(svg, "/check-sites", "#b5561b", "sequential", 20, top);
      return svg.append("</svg>\n").toString();
    }

    private void line(
        StringBuilder svg, String path, String color, String name, int offset, double top) {
      StringBuilder points = new StringBuilder();
      for (int i = 0; i < CONNECTIONS.size(); i++) {
        points.append(
            String.format(
                Locale.ROOT, "%.1f,%.1f ", x(i), y(rate.of(path, CONNECTIONS.get(i)), top)));
      }
      svg.append(
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"3\" points=\"%s\"/>\n"
              .formatted(color, points.toString().strip()));
      int last = CONNECTIONS.size() - 1;
      double most = rate.of(path, CONNECTIONS.get(last));
      text(
          svg,
          x(last),
          y(most, top) + offset,
          "end",
          color,
          String.format(Locale.ROOT, "%s %.0f", name, most));
    }

    private static double x(int i) {
      return LEFT + 30 + i * (WIDTH - LEFT - 80.0) / (CONNECTIONS.size() - 1);
    }

    private static double y(double value, double top) {
      return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - 30);
    }

    private static void text(
        StringBuilder svg, double x, double y, String anchor, String color, String text) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>\n",
              x,
              y,
              anchor,
              color,
              text));
    }
  }

  /** Measures the heap after a full collection, minute by minute, at 64 connections. */
  private static void measureMemory(int minutes) throws Exception {
    Receiver receiver = new Receiver();
    Instance instance = new Instance(Tracing.ON, 0, 6000, receiver.port());
    StringBuilder text =
        new StringBuilder("# Memory\n\n")
            .append(machine())
            .append(
                "\n\n"
                    + "| minute | requests/s | heap MB after a full collection | memory MB |\n"
                    + "|---|---|---|---|\n");
    for (int minute = 1; minute <= minutes; minute++) {
      Result result = instance.measure("/check-sites-v2", 64, 60);
      text.append(
          String.format(
              Locale.ROOT,
              "| %d | %.0f | %.1f | %.0f |\n",
              minute,
              result.rate(),
              instance.heap(),
              result.memory()));
    }
    instance.stop();
    Files.writeString(RESULTS.resolve(JAVA + "-memory.md"), text);
    System.out.println(text);
  }

  /** Measures how many entries the log stores in SQLite at 64 connections. */
  private static void measureLog(int rounds) throws Exception {
    Receiver receiver = new Receiver();
    Instance instance = new Instance(Tracing.ON, 0, 6000, receiver.port());
    instance.wrk("/api/log", 64, 40);
    List<Result> results = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Result result = instance.measure("/api/log", 64, 6);
      System.out.println(result);
      if (result.failed() > 0) {
        throw new IllegalStateException("not all entries were kept");
      }
      results.add(result);
    }
    instance.stop();
    String text =
        "# The log\n\n%s\n\n%.0f entries/s, %.0f µs of CPU for one, on SQLite, 64 connections, %d rounds.%n"
            .formatted(
                machine(), median(results, Result::rate), median(results, Result::cpu), rounds);
    Files.writeString(RESULTS.resolve(JAVA + "-log.md"), text);
    System.out.println(text);
  }

  /** Measures full load, four times as much, and full load again, with a small heap. */
  private static void measureOverload() throws Exception {
    Receiver receiver = new Receiver();
    Instance instance = new Instance(Tracing.ON, 0, 6000, receiver.port(), "-Xmx512m");
    instance.wrk("/check-sites-v2", 6, 60);
    instance.hey(256, 0, 20);
    Answers full = instance.hey(256, 0, 15);
    double heap = instance.heap();
    double memory = instance.memory();
    Probe probe = new Probe(instance.port);
    Answers over = instance.hey(1024, 4 * full.rate(200) / 1024, 15);
    String read = probe.stop();
    double heapThen = instance.heap();
    double memoryThen = instance.memory();
    instance.settle("/check-sites-v2");
    Answers after = instance.hey(256, 0, 15);
    instance.stop();
    StringBuilder text =
        new StringBuilder("# Overload\n\n")
            .append(machine())
            .append(" The heap is 512 MB at most.\n\n")
            .append(
                "| | 200, a second | p50 ms | p99 ms | 503, a second | p50 ms | p99 ms | others"
                    + " |\n")
            .append("|---|---|---|---|---|---|---|---|\n");
    row(text, "256 connections, as much as it serves", full);
    row(text, "1024 connections, four times that", over);
    row(text, "256 connections, after a second", after);
    text.append(
        String.format(
            Locale.ROOT,
            """

            p99 of those with 200, at four times the load / at full load, before or after, whichever is less: %.2f. %s
            Heap after a full collection: %.0f MB before, %.0f MB after. Memory: %.0f MB before, %.0f MB after.
            """,
            over.quantile(200, 99) / Math.min(full.quantile(200, 99), after.quantile(200, 99)),
            read,
            heap,
            heapThen,
            memory,
            memoryThen));
    Files.writeString(RESULTS.resolve(JAVA + "-overload.md"), text);
    System.out.println(text);
  }

  private static void row(StringBuilder text, String what, Answers answers) {
    text.append(
        String.format(
            Locale.ROOT,
            "| %s | %.0f | %.1f | %.1f | %.0f | %.1f | %.1f | %d |\n",
            what,
            answers.rate(200),
            answers.quantile(200, 50),
            answers.quantile(200, 99),
            answers.rate(503),
            answers.quantile(503, 50),
            answers.quantile(503, 99),
            answers.others()));
  }

  /** A client beside the load that reads its answers: hey does not look at them. */
  private static final class Probe implements Runnable {

    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpRequest request;
    private final Thread thread = new Thread(this);
    private final Map<String, Integer> counts = new TreeMap<>();
    private volatile boolean stopped;

    Probe(int port) {
      request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/check-sites-v2"))
              .build();
      thread.start();
    }

    @Override
    public void run() {
      while (!stopped) {
        counts.merge(judge(), 1, Integer::sum);
      }
    }

    private String judge() {
      try {
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        boolean served =
            answer.statusCode() == 200 && answer.body().equals("{\"baidu\":true,\"qq\":true}");
        boolean turnedAway =
            answer.statusCode() == 503
                && answer.headers().firstValue("Retry-After").isPresent()
                && answer.body().contains("too many requests at once");
        return served ? "right" : turnedAway ? "turned away" : answer.statusCode() + answer.body();
      } catch (IOException | InterruptedException e) {
        return e.toString();
      }
    }

    String stop() throws InterruptedException {
      stopped = true;
      thread.join();
      return "Of the answers that were read, meanwhile: " + counts + ".";
    }
  }

  /** The results of hey: the time of each answer in milliseconds, by its status. */
  private record Answers(Map<Integer, List<Double>> times, int seconds) {

    double rate(int status) {
      return (double) times.getOrDefault(status, List.of()).size() / seconds;
    }

    double quantile(int status, int percent) {
      List<Double> sorted = times.getOrDefault(status, List.of()).stream().sorted().toList();
      return sorted.isEmpty() ? 0 : sorted.get(sorted.size() * percent / 100);
    }

    /** The number of answers that were neither 200 nor 503. */
    int others() {
      return times.entrySet().stream()
          .filter(one -> one.getKey() != 200 && one.getKey() != 503)
          .mapToInt(one -> one.getValue().size())
          .sum();
    }
  }

  /** The system in its own process, without the trace store: this process receives the spans. */
  private static final class Instance {

    private static final Pattern WRK =
        Pattern.compile(
            "(?s)50% +([\\d.]+)(us|ms|s).*99% +([\\d.]+)(us|ms|s).*?(\\d+) requests in"
                + " ([\\d.]+)(m|s).*");

    private static final Pattern FAILED =
        Pattern.compile("(?:Non-2xx or 3xx responses:|connect|read|write|timeout) (\\d+)");

    private final Tracing tracing;
    private final int delay;
    private final int port;
    private final Path output;
    private final Process process;
    private long requests;

    Instance(Tracing tracing, int delay, int port, int receiver, String... options)
        throws Exception {
      this.tracing = tracing;
      this.delay = delay;
      this.port = port;
      List<String> command = new ArrayList<>(List.of(java("java")));
      List<String> services = List.of("main", "upstream", "service1", "service2", "log", "sites");
      int next = port;
      int management = port + services.size();
      for (String service : services) {
        command.add("-D" + service + ".port=" + next++);
        command.add("-D" + service + ".management.port=" + management++);
      }
      command.add("-Dsites.delay=" + delay);
      if (tracing == Tracing.OFF) {
        command.add("-Dcamel.opentelemetry.enabled=false");
      }
      command.add("-Ddata.folder=" + Files.createTempDirectory(Path.of("target"), "data"));
      command.addAll(List.of(options));
      command.addAll(List.of("-jar", JAR.toString()));
      command.addAll(services);
      output = Files.createTempFile("benchmark", ".txt");
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("OTEL_TRACES_EXPORTER", tracing == Tracing.OFF ? "none" : "otlp");
      builder
          .environment()
          .put(
              "OTEL_EXPORTER_OTLP_ENDPOINT",
              "http://127.0.0.1:" + (tracing == Tracing.DOWN ? 1 : receiver));
      process = builder.redirectOutput(output.toFile()).start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
      while (!Files.readString(output).contains("Ready in ")) {
        if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
          throw new IllegalStateException(Files.readString(output));
        }
      }
    }

    Result measure(String path, int connections, int seconds) throws Exception {
      Duration before = process.info().totalCpuDuration().orElseThrow();
      Matcher wrk = wrk(path, connections, seconds);
      Duration cpu = process.info().totalCpuDuration().orElseThrow().minus(before);
      long count = Long.parseLong(wrk.group(5));
      double time = Double.parseDouble(wrk.group(6)) * (wrk.group(7).equals("m") ? 60 : 1);
      return new Result(
          count / time,
          milliseconds(wrk.group(1), wrk.group(2)),
          milliseconds(wrk.group(3), wrk.group(4)),
          cpu.toNanos() / 1e3 / count,
          memory(),
          FAILED.matcher(wrk.group()).results().mapToLong(it -> Long.parseLong(it.group(1))).sum());
    }

    /** Makes load for a while; returns the figures that wrk prints. */
    Matcher wrk(String path, int connections, int seconds) throws Exception {
      boolean log = path.equals("/api/log");
      List<String> command = new ArrayList<>(List.of("wrk", "--timeout", "10s", "--latency"));
      command.add("-t" + Math.min(2, connections));
      command.add("-c" + connections);
      command.add("-d" + seconds + "s");
      if (log) {
        command.addAll(List.of("-s", RESULTS.resolve("entries.lua").toString()));
      }
      command.add("http://127.0.0.1:" + (log ? port + 4 : port) + path);
      String said = run(command.toArray(String[]::new));
      Matcher wrk = WRK.matcher(said);
      if (!wrk.find()) {
        throw new IllegalStateException(said);
      }
      requests += Long.parseLong(wrk.group(5));
      return wrk;
    }

    /** The same with hey, which tells answers apart; limits the requests/s of each connection. */
    Answers hey(int connections, double each, int seconds) throws Exception {
      List<String> command = new ArrayList<>(List.of("hey", "-o", "csv"));
      command.addAll(List.of("-c", "" + connections, "-z", seconds + "s"));
      if (each > 0) {
        command.addAll(List.of("-q", "" + each));
      }
      command.add("http://127.0.0.1:" + port + "/check-sites-v2");
      Map<Integer, List<Double>> times = new LinkedHashMap<>();
      run(command.toArray(String[]::new))
          .lines()
          .map(line -> line.split(","))
          .filter(line -> line.length == 8 && line[6].matches("\\d+"))
          .forEach(
              line ->
                  times
                      .computeIfAbsent(Integer.valueOf(line[6]), none -> new ArrayList<>())
                      .add(Double.parseDouble(line[0]) * 1000));
      return new Answers(times, seconds);
    }

    /** The resident memory of the process, in megabytes. */
    double memory() throws Exception {
      return Double.parseDouble(run("ps", "-o", "rss=", "-p", "" + process.pid()).strip()) / 1024;
    }

    /** Waits until the requests of the last load are answered: they would count as in flight. */
    void settle(String path) throws Exception {
      wrk(path, 1, 1);
      try (InputStream answer =
          URI.create("http://127.0.0.1:" + port + path).toURL().openStream()) {
        answer.readAllBytes();
      }
    }

    /** The heap in use after a full collection, in megabytes. */
    double heap() throws Exception {
      run(java("jcmd"), "" + process.pid(), "GC.run");
      Matcher used =
          Pattern.compile("used (\\d+)K")
              .matcher(run(java("jcmd"), "" + process.pid(), "GC.heap_info"));
      if (!used.find()) {
        throw new IllegalStateException("no heap_info");
      }
      return Double.parseDouble(used.group(1)) / 1024;
    }

    /** Ends the process; returns its log lines about spans that it could not send. */
    String stop() {
      try {
        process.destroy();
        process.waitFor();
        return Files.readAllLines(output).stream()
            .filter(
                line ->
                    line.matches(".*(spans were not taken|Failed to export).*")
                        && tracing != Tracing.DOWN)
            .map(line -> line + "\n")
            .collect(Collectors.joining());
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private static double milliseconds(String number, String unit) {
      double factor = unit.equals("us") ? 0.001 : unit.equals("ms") ? 1 : 1000;
      return Double.parseDouble(number) * factor;
    }
  }

  /** Receives spans as OTLP over HTTP and counts them; it reads only their lengths. */
  private static final class Receiver {

    private final HttpServer server;
    private final LongAdder spans = new LongAdder();

    Receiver() throws IOException {
      server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
      server.setExecutor(Executors.newCachedThreadPool());
      server.createContext("/v1/traces", this::take);
      server.start();
    }

    int port() {
      return server.getAddress().getPort();
    }

    private void take(HttpExchange request) throws IOException {
      byte[] body = request.getRequestBody().readAllBytes();
      spans.add(count(body, 0, body.length, List.of(1, 2, 2)));
      request.sendResponseHeaders(200, -1);
      request.close();
    }

    /** Counts the messages at the end of a path of fields, each of which is a message. */
    private static long count(byte[] message, int from, int to, List<Integer> fields) {
      if (fields.isEmpty()) {
        return 1;
      }
      long count = 0;
      int[] at = {from};
      while (at[0] < to) {
        long tag = varint(message, at);
        int length = (int) varint(message, at); // on this path all fields have a length
        if (tag >>> 3 == fields.get(0)) {
          count += count(message, at[0], at[0] + length, fields.subList(1, fields.size()));
        }
        at[0] += length;
      }
      return count;
    }

    private static long varint(byte[] message, int[] at) {
      long value = 0;
      for (int shift = 0; ; shift += 7) {
        byte next = message[at[0]++];
        value |= (next & 0x7fL) << shift;
        if (next >= 0) {
          return value;
        }
      }
    }
  }

  private static String java(String tool) {
    return Path.of(System.getProperty("java.home"), "bin", tool).toString();
  }

  private static String run(String... command) throws Exception {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (InputStream said = process.getInputStream()) {
        return new String(said.readAllBytes());
      }
    } catch (IOException missing) {
      throw new IllegalStateException(command[0] + " is not there: " + missing.getMessage());
    }
  }
}
