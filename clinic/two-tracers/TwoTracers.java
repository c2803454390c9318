import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import org.apache.camel.main.Main;

/** A Camel application that makes its SDK itself, and binds a tracer for each of its parts. */
public final class TwoTracers {

  public static void main(String[] arguments) throws Exception {
    OpenTelemetry sdk = AutoConfiguredOpenTelemetrySdk.builder().build().getOpenTelemetrySdk();
    Main main = new Main();
    main.bind("propagators", sdk.getPropagators());
    for (String part : System.getProperty("tracers").split(",")) {
      main.bind(part, sdk.getTracer(part));
    }
    main.run(arguments);
  }
}
