import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.common.Clock;
import java.util.concurrent.TimeUnit;
import org.apache.camel.main.Main;

/** A Camel application with a clock that is an hour late. */
public final class LateClock implements Clock {

  @Override
  public long now() {
    return Clock.getDefault().now() - TimeUnit.HOURS.toNanos(1);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  public static void main(String[] arguments) throws Exception {
    AutoConfiguredOpenTelemetrySdk.builder()
        .addTracerProviderCustomizer((provider, all) -> provider.setClock(new LateClock()))
        .setResultAsGlobal()
        .build();
    Main.main(arguments);
  }
}
