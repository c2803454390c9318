package sitecheck.page;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sitecheck.trace.Span;
import sitecheck.trace.Trace;
import sitecheck.trace.Trace.Bar;

/**
 * Which service calls which, made from traces alone. The callee of a client span is the service of
 * the span below it, or the one that was found at the same address, or else the address itself.
 *
 * @param traces how many it was made from
 */
public record Graph(int traces, List<Edge> edges) {
  private static final Pattern URL = Pattern.compile("https?://(?:[^/?#@]*@)?([^/?#]+)");

  /** A service and the operation that was asked for; outside, it leaves no spans: an address. */
  record Node(String service, String operation, boolean outside) {}

  /** Calls from one to the other, and the time of all together, in nanoseconds. */
  record Edge(Node from, Node to, int calls, int errors, long time) {
    Edge and(Edge other) {
      return new Edge(from, to, calls + other.calls, errors + other.errors, time + other.time);
    }
  }

  /** A call of a client span's, and the address it went to; the callee is null if it is unseen. */
  private record Call(Span span, Node from, Node to, String address) {}

  static Graph of(Collection<List<Span>> traces) {
    List<Call> calls = traces.stream().flatMap(Graph::calls).toList();
    Map<String, String> services = new HashMap<>();
    for (Call call : calls) {
      if (call.to != null && !call.address.isEmpty()) {
        services.put(call.address, call.to.service);
      }
    }
    Map<List<Node>, Edge> edges = new LinkedHashMap<>();
    for (Call call : calls) {
      Node to = call.to == null ? unseen(call, services.get(call.address)) : call.to;
      int errors = call.span.failure() == null ? 0 : 1;
      Edge edge = new Edge(call.from, to, 1, errors, call.span.end() - call.span.start());
      edges.merge(List.of(call.from, to), edge, Edge::and);
    }
    return new Graph(traces.size(), List.copyOf(edges.values()));
  }

  private static Stream<Call> calls(List<Span> trace) {
    List<Span> spans = Trace.of(trace, "").bars().stream().map(Bar::span).toList();
    Map<String, Node> entries = new HashMap<>(); // of each span, what its service was asked for
    Map<String, Node> callees = new HashMap<>();
    for (Span span : spans) { // its parent came before it
      Node above = entries.get(span.parentId());
      boolean within = above != null && above.service.equals(span.service());
      if (within && !span.kind().equals("SERVER")) {
        entries.put(span.id(), above);
      } else {
        entries.put(span.id(), new Node(span.service(), span.name(), false));
        callees.putIfAbsent(above == null ? "" : span.parentId(), entries.get(span.id()));
      }
    }
    return spans.stream()
        .filter(it -> it.kind().equals("CLIENT"))
        .map(it -> new Call(it, entries.get(it.id()), callees.get(it.id()), address(it)));
  }

  private static Node unseen(Call call, String service) {
    String database = call.span.attributes().getOrDefault("db.system.name", "elsewhere"); // a file
    String address = call.address.isEmpty() ? database : call.address;
    return new Node(service == null ? address : service, call.span.name(), service == null);
  }

  /** Host and port, by the conventions of today or those before them, or empty. */
  private static String address(Span call) {
    Map<String, String> of = call.attributes();
    String host = of.getOrDefault("server.address", of.get("net.peer.name"));
    String port = of.getOrDefault("server.port", of.get("net.peer.port"));
    Matcher url = URL.matcher(of.getOrDefault("url.full", of.getOrDefault("http.url", "")));
    if (host == null) {
      return url.lookingAt() ? url.group(1) : "";
    }
    return port == null ? host : host + ":" + port;
  }
}
