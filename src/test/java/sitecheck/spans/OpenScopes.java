package sitecheck.spans;

import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.ContextStorageProvider;
import io.opentelemetry.context.Scope;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Knows which contexts are current on some thread, in all tests of this JVM. It stands behind the
 * strict storage, which lets no thread close what another has opened: what Camel swallows of that
 * remains open here.
 */
public final class OpenScopes implements ContextStorageProvider {

  private static final Set<OpenScope> OPEN = ConcurrentHashMap.newKeySet();

  /** What has been made current, by which thread, and is so still. */
  public static List<String> now() {
    return OPEN.stream().map(OpenScope::opened).toList();
  }

  @Override
  public ContextStorage get() {
    ContextStorage storage = ContextStorage.defaultStorage();
    return new ContextStorage() {
      @Override
      public Scope attach(Context context) {
        String opened = Thread.currentThread().getName() + ": " + context;
        OpenScope scope = new OpenScope(opened, storage.attach(context));
        OPEN.add(scope);
        return scope;
      }

      @Override
      public Context current() {
        return storage.current();
      }
    };
  }

  private static final class OpenScope implements Scope {

    private final String opened;
    private final Scope scope;

    OpenScope(String opened, Scope scope) {
      this.opened = opened;
      this.scope = scope;
    }

    String opened() {
      return opened;
    }

    @Override
    public void close() {
      scope.close();
      OPEN.remove(this);
    }
  }
}
