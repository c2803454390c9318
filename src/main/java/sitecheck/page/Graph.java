package sitecheck.page;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sitecheck.trace.Span;
import sitecheck.trace.Trace;
import sitecheck.trace.Trace.Bar;

/**
 * The calls between services in some traces. The callee of a client span is the service of its
 * child span, else the service that other calls found at its address, else the address itself.
 */
public record Graph(int traces, List<Edge> edges) {
  private static final Pattern URL = Pattern.compile("https?://(?:[^/?#@]*@)?([^/?#]+)");

  /** A service and its operation; if it makes no spans, it is outside and known by its address. */
  record Node(String service, String operation, boolean outside) {}

  /** Calls from one node to another, and their total time in nanoseconds. */
  record Edge(Node from, Node to, int calls, int errors, long time) {
    Edge and(Edge other) {
      return new Edge(from, to, calls + other.calls, errors + other.errors, time + other.time);
    }
  }

  /** The call of a client span; the callee is null if it has no span. */
  private record Call(Span span, Node from, Node to) {}

  static Graph of(Collection<List<Span>> traces) {
    List<Call> calls = traces.stream().flatMap(Graph::calls).toList();
    var services =
        calls.stream()
            .filter(call -> call.to != null && !address(call.span).isEmpty())
            .collect(groupingBy(call -> address(call.span), mapping(it -> it.to.service, toSet())));
    var edges = new LinkedHashMap<List<Node>, Edge>();
    for (Call call : calls) {
      Set<String> there = services.getOrDefault(address(call.span), Set.of());
      Node to = call.to == null ? unseen(call.span, there) : call.to;
      int errors = call.span.failure() == null ? 0 : 1;
      Edge edge = new Edge(call.from, to, 1, errors, call.span.end() - call.span.start());
      edges.merge(List.of(call.from, to), edge, Edge::and);
    }
    return new Graph(traces.size(), List.copyOf(edges.values()));
  }

  private static Stream<Call> calls(List<Span> trace) {
    List<Span> spans = Trace.of(trace, "").bars().stream().map(Bar::span).toList();
    var entries = new HashMap<String, Node>(); // by span: the operation that it belongs to
    var callees = new HashMap<String, Node>();
    for (Span span : spans) { // parents come before their children
      Node above = entries.get(span.parentId());
      if (above != null && above.service.equals(span.service()) && !span.kind().equals("SERVER")) {
        entries.put(span.id(), above);
      } else {
        Node entry = new Node(span.service(), span.name(), false);
        entries.put(span.id(), entry);
        callees.putIfAbsent(above == null ? "" : span.parentId(), entry);
      }
    }
    return spans.stream()
        .filter(it -> it.kind().equals("CLIENT"))
        .map(it -> new Call(it, entries.get(it.id()), callees.get(it.id())));
  }

  private static Node unseen(Span call, Set<String> there) {
    if (there.size() == 1) { // with several services behind one address we cannot tell
      return new Node(there.iterator().next(), call.name(), false);
    }
    String database = call.attributes().getOrDefault("db.system.name", "elsewhere");
    String address = address(call);
    return new Node(address.isEmpty() ? database : address, call.name(), true);
  }

  /** Host and port by the current HTTP conventions or the older ones; empty if there are none. */
  static String address(Span call) {
    var of = call.attributes();
    String host = of.getOrDefault("server.address", of.get("net.peer.name"));
    String port = of.getOrDefault("server.port", of.get("net.peer.port"));
    var url = URL.matcher(of.getOrDefault("url.full", of.getOrDefault("http.url", "")));
    if (host == null) {
      return url.lookingAt() ? url.group(1) : "";
    }
    return port == null ? host : host + ":" + port;
  }
}
