package sitecheck.tracestore;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.vertx.core.json.Json;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Attribute values as text, as OpenTelemetry's <a
 * href="https://opentelemetry.io/docs/specs/otel/common/">common concepts</a> ask for where a
 * protocol has only text: strings as they are, bytes in base64, arrays and maps as JSON.
 */
final class AttributeText {
  private AttributeText() {}

  static String of(AnyValue value) {
    return switch (value.getValueCase()) {
      case ARRAY_VALUE, KVLIST_VALUE -> Json.encode(plain(value));
      case VALUE_NOT_SET, STRING_VALUE_STRINDEX -> "";
      default -> plain(value).toString();
    };
  }

  /** The attributes as one JSON object. */
  static String json(List<KeyValue> attributes) {
    return Json.encode(plain(attributes));
  }

  private static Map<String, Object> plain(List<KeyValue> attributes) {
    Map<String, Object> map = new LinkedHashMap<>();
    attributes.forEach(attribute -> map.put(attribute.getKey(), plain(attribute.getValue())));
    return map;
  }

  private static Object plain(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case BOOL_VALUE -> value.getBoolValue();
      case INT_VALUE -> value.getIntValue();
      case DOUBLE_VALUE -> value.getDoubleValue();
      case BYTES_VALUE -> Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
      case KVLIST_VALUE -> plain(value.getKvlistValue().getValuesList());
      case ARRAY_VALUE -> {
        List<Object> list = new ArrayList<>();
        value.getArrayValue().getValuesList().forEach(element -> list.add(plain(element)));
        yield list;
      }
      // An index into the string table of a profile has no meaning here.
      case VALUE_NOT_SET, STRING_VALUE_STRINDEX -> null;
    };
  }
}
