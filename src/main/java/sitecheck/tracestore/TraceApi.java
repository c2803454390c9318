package sitecheck.tracestore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.stream.Collectors.joining;
import static sitecheck.problem.ProblemException.require;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.TracesData;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.Json;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.platform.http.vertx.HttpMessage;
import sitecheck.problem.ProblemException;
import zipkin2.Span;
import zipkin2.codec.DependencyLinkBytesEncoder;
import zipkin2.codec.SpanBytesEncoder;
import zipkin2.internal.DependencyLinker;
import zipkin2.storage.QueryRequest;

/**
 * The part of <a href="https://zipkin.io/zipkin-api/">Zipkin's API v2</a> that Zipkin's UI uses,
 * and of <a href="https://www.jaegertracing.io/docs/2.20/architecture/apis/">Jaeger's API v3</a>
 * the traces as OTLP: one by its id, or the latest of a service within a time.
 */
public record TraceApi(TraceStore store) {
  /** Answers a query with JSON, or throws a problem 400 or 404. */
  public byte[] answer(Exchange exchange) throws IOException {
    HttpServerRequest request = exchange.getMessage(HttpMessage.class).getRequest();
    exchange.getMessage().setHeader(Exchange.CONTENT_TYPE, "application/json; charset=utf-8");
    String path = request.path().replaceFirst("^(/zipkin)?/api/", "");
    try {
      synchronized (store) {
        String json =
            switch (path) {
              case "v2/services" -> names(spans().map(Span::localServiceName));
              case "v2/spans" -> names(spans(request).map(Span::name));
              case "v2/remoteServices" -> names(spans(request).map(Span::remoteServiceName));
              case "v2/autocompleteKeys" -> "[]";
              case "v2/traces" -> zipkinTraces(request);
              case "v2/dependencies" -> dependencies(request);
              case "v3/traces" -> jaegerTraces(request);
              default -> trace(path);
            };
        return json.getBytes(UTF_8);
      }
    } catch (IllegalArgumentException e) { // Zipkin's, meant for the client
      throw new ProblemException(e.getMessage());
    }
  }

  private Stream<Span> spans() {
    return store.all().map(ZipkinSpans::of).flatMap(List::stream);
  }

  private Stream<Span> spans(HttpServerRequest request) {
    String name = required(request, "serviceName");
    return spans().filter(span -> name.equalsIgnoreCase(span.localServiceName()));
  }

  private static String names(Stream<String> names) {
    return Json.encode(names.filter(Objects::nonNull).distinct().sorted().toList());
  }

  private String trace(String path) throws IOException {
    require(path.matches("(v2/trace|v3/traces)/[^/]+"), 404, "there is no query " + path);
    String id = Span.normalizeTraceId(path.replaceFirst(".*/", ""));
    List<ResourceSpans> trace = store.find(ByteString.fromHex("0".repeat(32 - id.length()) + id));
    require(!trace.isEmpty(), 404, id + " not found");
    return path.startsWith("v2/") ? zipkin(trace) : jaeger(trace);
  }

  private static String zipkin(List<ResourceSpans> trace) {
    return new String(SpanBytesEncoder.JSON_V2.encodeList(ZipkinSpans.of(trace)), UTF_8);
  }

  private static String jaeger(List<ResourceSpans> spans) throws IOException {
    TracesData data = TracesData.newBuilder().addAllResourceSpans(spans).build();
    return "{\"result\":" + Otlp.writeJson(data) + "}";
  }

  private String zipkinTraces(HttpServerRequest request) {
    QueryRequest query =
        zipkinQuery(request)
            .serviceName(request.getParam("serviceName"))
            .remoteServiceName(request.getParam("remoteServiceName"))
            .spanName(request.getParam("spanName"))
            .parseAnnotationQuery(request.getParam("annotationQuery"))
            .minDuration(number(request, "minDuration", null))
            .maxDuration(number(request, "maxDuration", null))
            .build();
    long from = MILLISECONDS.toNanos(query.endTs() - query.lookback());
    long to = MILLISECONDS.toNanos(query.endTs() + 1);
    return store
        .find(limit(request, "limit", 10), from, to, trace -> query.test(ZipkinSpans.of(trace)))
        .map(TraceApi::zipkin)
        .collect(joining(",", "[", "]"));
  }

  private String dependencies(HttpServerRequest request) {
    require(number(request, "endTs", null) != null, "endTs is required");
    QueryRequest query = zipkinQuery(request).build();
    DependencyLinker linker = new DependencyLinker();
    store.all().map(ZipkinSpans::of).filter(query::test).forEach(linker::putTrace);
    return new String(DependencyLinkBytesEncoder.JSON_V1.encodeList(linker.link()), UTF_8);
  }

  /** A query for everything within a time. Its limit is not used. */
  private static QueryRequest.Builder zipkinQuery(HttpServerRequest request) {
    return QueryRequest.newBuilder()
        .endTs(number(request, "endTs", System.currentTimeMillis()))
        .lookback(number(request, "lookback", TimeUnit.DAYS.toMillis(1)))
        .limit(1);
  }

  private String jaegerTraces(HttpServerRequest request) throws IOException {
    for (var parameter : List.copyOf(request.params().entries())) {
      String name = parameter.getKey();
      // Newer versions of Jaeger write query.serviceName, and searchDepth for num_traces.
      String older = name.replaceAll("[A-Z]", "_$0").toLowerCase(Locale.ROOT);
      older = older.replace("search_depth", "num_traces");
      boolean known = older.matches("query\\.(service_name|start_time_(min|max)|num_traces)");
      require(known, "there is no filter " + name);
      request.params().set(older, parameter.getValue());
    }
    String service = request.getParam("query.service_name");
    long from = time(request, "query.start_time_min");
    long to = time(request, "query.start_time_max");
    List<ResourceSpans> found =
        store
            .find(limit(request, "query.num_traces", 100), from, to, trace -> has(trace, service))
            .flatMap(List::stream)
            .toList();
    require(!found.isEmpty(), 404, "no traces found");
    return jaeger(found);
  }

  private static boolean has(List<ResourceSpans> trace, String service) {
    return service == null || trace.stream().map(ZipkinSpans::service).anyMatch(service::equals);
  }

  /** In nanoseconds since the epoch. */
  private static long time(HttpServerRequest request, String name) {
    try {
      return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.parse(required(request, name)));
    } catch (DateTimeException | ArithmeticException e) {
      throw new ProblemException(name + " must be a time like 2026-01-01T00:00:00Z");
    }
  }

  private static long limit(HttpServerRequest request, String name, long absent) {
    long limit = number(request, name, absent);
    require(limit > 0, name + " must be at least 1");
    return limit;
  }

  private static Long number(HttpServerRequest request, String name, Long absent) {
    String value = request.getParam(name, "");
    try {
      return value.isEmpty() ? absent : Long.valueOf(value);
    } catch (NumberFormatException e) {
      throw new ProblemException(name + " must be a whole number, not " + value);
    }
  }

  private static String required(HttpServerRequest request, String name) {
    String value = request.getParam(name);
    require(value != null, name + " is required");
    return value;
  }
}
