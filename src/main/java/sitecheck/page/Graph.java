package sitecheck.page;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Who calls whom, made from traces alone: of each span that is a call, the service that is called
 * is that of the span below it, or of another call to the same address, or else the address itself.
 *
 * @param traces how many it was made from
 */
public record Graph(int traces, List<Edge> edges) {

  /**
   * One end of an edge.
   *
   * @param operation with which the service was asked
   * @param outside whether it leaves no spans, so that it is an address
   */
  record Node(String service, String operation, boolean outside) {}

  /**
   * Calls of the one by the other.
   *
   * @param time that they took, all together, in nanoseconds
   */
  record Edge(Node from, Node to, int calls, int errors, long time) {
    Edge and(Edge other) {
      return new Edge(from, to, calls + other.calls, errors + other.errors, time + other.time);
    }
  }

  static Graph of(Collection<List<Span>> traces) {
    Map<String, String> services = new HashMap<>();
    for (List<Span> trace : traces) {
      Map<String, Span> byId = byId(trace);
      for (Span span : trace) {
        Span caller = byId.get(span.parentId());
        if (caller != null && !caller.service().equals(span.service())) {
          services.put(address(caller), span.service());
        }
      }
    }
    Map<List<Node>, Edge> edges = new LinkedHashMap<>();
    for (List<Span> trace : traces) {
      Map<String, Span> byId = byId(trace);
      Map<String, Span> byParent =
          trace.stream().collect(Collectors.toMap(Span::parentId, s -> s, (one, other) -> one));
      for (Span call : trace) {
        if (call.kind().equals("CLIENT")) {
          Span entry = call;
          while (byId.containsKey(entry.parentId())
              && byId.get(entry.parentId()).service().equals(call.service())) {
            entry = byId.get(entry.parentId());
          }
          Span callee = byParent.get(call.id());
          String service = services.getOrDefault(address(call), address(call));
          Node from = new Node(call.service(), entry.name(), false);
          Node to =
              callee == null
                  ? new Node(service, call.name(), !services.containsValue(service))
                  : new Node(callee.service(), callee.name(), false);
          long time = call.end() - call.start();
          Edge edge = new Edge(from, to, 1, call.failure() == null ? 0 : 1, time);
          edges.merge(List.of(from, to), edge, Edge::and);
        }
      }
    }
    return new Graph(traces.size(), List.copyOf(edges.values()));
  }

  private static Map<String, Span> byId(List<Span> trace) {
    return trace.stream().collect(Collectors.toMap(Span::id, Function.identity(), (a, b) -> a));
  }

  private static String address(Span call) {
    Map<String, String> attributes = call.attributes();
    String host = attributes.get("server.address");
    return host == null
        ? attributes.getOrDefault("db.system.name", "elsewhere") // as a database in a file
        : host + ":" + attributes.get("server.port");
  }
}
