package sitecheck.contract;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.ContextStorageProvider;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.trace.ReadableSpan;
import java.lang.StackWalker.StackFrame;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Records the contexts that are current on any thread, in all tests of this JVM. A scope that is
 * closed by another thread, or before a scope that was opened later, stays open: its thread keeps
 * the context. Scopes around an executor's whole task or a whole thread do not count: they are
 * closed when it ends, and a thread of a pool may never end.
 */
public final class OpenScopes implements ContextStorageProvider {

  private static final Set<OpenScope> OPEN = ConcurrentHashMap.newKeySet();

  /** Describes each scope that is still open: its span, and the thread and code that opened it. */
  public static List<String> now() {
    return OPEN.stream().map(OpenScope::toString).toList();
  }

  /** Forgets the scopes that are open now. */
  static void forget() {
    OPEN.clear();
  }

  @Override
  public ContextStorage get() {
    ContextStorage storage = ContextStorage.defaultStorage();
    return new ContextStorage() {
      @Override
      public Scope attach(Context context) {
        StackFrame opener = OpenScope.caller();
        boolean changesNothing = storage.current() == context;
        Scope scope = storage.attach(context);
        if (changesNothing || opener.getClassName().startsWith("java.")) {
          return scope;
        }
        OpenScope open = new OpenScope(opener, storage, context, scope);
        OPEN.add(open);
        return open;
      }

      @Override
      public Context current() {
        return storage.current();
      }
    };
  }

  private static final class OpenScope implements Scope {

    private final Thread thread = Thread.currentThread();
    private final StackFrame opener;
    private final ContextStorage storage;
    private final Context context;
    private final Scope scope;
    private volatile String closed = "not closed";

    /** A scope closes only once; a close on another thread with the same context counts there. */
    private volatile boolean spentElsewhere;

    OpenScope(StackFrame opener, ContextStorage storage, Context context, Scope scope) {
      this.opener = opener;
      this.storage = storage;
      this.context = context;
      this.scope = scope;
    }

    @Override
    public void close() {
      boolean isCurrent = storage.current() == context;
      if (Thread.currentThread() != thread) {
        closed = "closed by %s at %s".formatted(Thread.currentThread().getName(), caller());
        spentElsewhere |= isCurrent;
      } else if (!isCurrent) {
        closed = "closed before the one that was opened after it, at " + caller();
      } else if (!spentElsewhere) {
        OPEN.remove(this);
      }
      scope.close();
    }

    private static StackFrame caller() {
      return StackWalker.getInstance()
          .walk(frames -> frames.filter(OpenScope::isOutside).findFirst())
          .orElseThrow();
    }

    private static boolean isOutside(StackFrame frame) {
      return !frame.getClassName().startsWith("io.opentelemetry.")
          && !frame.getClassName().startsWith(OpenScopes.class.getName());
    }

    @Override
    public String toString() {
      String span = Span.fromContext(context) instanceof ReadableSpan one ? one.getName() : "none";
      return "of the span %s, opened by %s at %s, %s"
          .formatted(span, thread.getName(), opener, closed);
    }
  }
}
