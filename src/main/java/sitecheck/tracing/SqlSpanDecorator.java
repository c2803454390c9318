package sitecheck.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.semconv.DbAttributes;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.component.sql.SqlEndpoint;
import org.apache.camel.spi.BeanIntrospection;
import org.apache.camel.support.ExchangeHelper;
import org.apache.camel.support.LRUCacheFactory;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.apache.camel.tracing.SpanAdapter;
import org.apache.camel.tracing.SpanKind;
import org.apache.camel.util.StringHelper;

/** The span of a query, or of a route that consumes the rows of a table. */
final class SqlSpanDecorator extends org.apache.camel.tracing.decorators.SqlSpanDecorator {
  private static final Pattern QUERY =
      Pattern.compile(
          "(?is)(insert into|select .*? from|update(?: only)?|delete from(?: only)?)\\s+([\\w.]+).*");

  private static final Pattern LITERAL = Pattern.compile("'[^']*'|\\b\\d+(\\.\\d+)?\\b");

  /** The conventions' names where they differ from the subprotocol of the JDBC URL. */
  private static final Map<String, String> NAMES =
      Map.of(
          "sqlserver", "microsoft.sql_server",
          "oracle", "oracle.db",
          "h2", "h2database",
          "db2", "ibm.db2");

  private record Query(String name, Attributes attributes) {}

  private final Map<String, Query> queries = LRUCacheFactory.newLRUCache(100);
  private final Map<DataSource, String> systems = new ConcurrentHashMap<>();

  @Override
  public String getOperationName(Exchange exchange, Endpoint endpoint) {
    return isOfRoute(exchange, endpoint) ? ExchangeHelper.getRouteId(exchange) : "sql";
  }

  /** Whether this is the span of the route that consumes, and not of a query. */
  private static boolean isOfRoute(Exchange exchange, Endpoint endpoint) {
    // A ProducerTemplate sends to its own origin, without a route.
    return exchange.getFromEndpoint() == endpoint && exchange.getFromRouteId() != null;
  }

  @Override
  public SpanKind getReceiverSpanKind() {
    return SpanKind.CONSUMER;
  }

  @Override
  public void pre(SpanAdapter adapter, Exchange exchange, Endpoint endpoint) {
    if (isOfRoute(exchange, endpoint)
        || !(CamelTracer.original(endpoint) instanceof SqlEndpoint sql)) {
      return;
    }
    Message message = exchange.getIn();
    String given =
        sql.isUseMessageBodyForSql()
            ? message.getBody(String.class)
            : message.getHeader(CAMEL_SQL_QUERY, sql.getQuery(), String.class);
    Query query = queries.computeIfAbsent(String.valueOf(given), SqlSpanDecorator::parse);
    CamelTracer.spanOf(adapter)
        .updateName(query.name)
        .setAllAttributes(query.attributes)
        .setAttribute(DbAttributes.DB_SYSTEM_NAME, system(sql));
  }

  /** Takes the names of parameters, but no literals. A query in a file has no text. */
  private static Query parse(String given) {
    String text = LITERAL.matcher(given).replaceAll("?");
    AttributesBuilder attributes = Attributes.builder();
    if (!ResourceHelper.hasScheme(given)) {
      attributes.put(DbAttributes.DB_QUERY_TEXT, text);
    }
    var parts = QUERY.matcher(text);
    if (!parts.matches()) {
      return new Query("sql", attributes.build());
    }
    String operation = parts.group(1).split("\\s", 2)[0].toUpperCase(Locale.ROOT);
    attributes
        .put(DbAttributes.DB_OPERATION_NAME, operation)
        .put(DbAttributes.DB_COLLECTION_NAME, parts.group(2));
    return new Query(operation + " " + parts.group(2), attributes.build());
  }

  @Override
  public void post(SpanAdapter span, Exchange exchange, Endpoint endpoint) {
    CamelTracer.addFailure(span, exchange);
    SQLException refusal = exchange.getException(SQLException.class);
    if (refusal != null && refusal.getSQLState() != null) {
      CamelTracer.spanOf(span)
          .setAttribute(DbAttributes.DB_RESPONSE_STATUS_CODE, refusal.getSQLState());
    }
  }

  private String system(SqlEndpoint endpoint) {
    BeanIntrospection beans = PluginHelper.getBeanIntrospection(endpoint.getCamelContext());
    return systems.computeIfAbsent(
        endpoint.getJdbcTemplate().getDataSource(), source -> system(source, beans));
  }

  /** The subprotocol of the JDBC URL. Pools have the URL under one of two names. */
  private static String system(DataSource source, BeanIntrospection beans) {
    Object pool = beans.getOrElseProperty(source, "jdbcUrl", null, true);
    Object url = pool == null ? beans.getOrElseProperty(source, "url", null, true) : pool;
    String system = StringHelper.between(String.valueOf(url), "jdbc:", ":");
    return system == null ? "other_sql" : NAMES.getOrDefault(system, system);
  }
}
