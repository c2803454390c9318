package sitecheck.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerPoolTest {

  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private final WorkerPool pool = new WorkerPool(this::thread);

  private Thread thread(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    threads.add(thread);
    return thread;
  }

  @Test
  void allTasksRunAtOnceHoweverManyWait() throws Exception {
    int tasks = 500;
    CountDownLatch all = new CountDownLatch(tasks);

    for (int i = 0; i < tasks; i++) {
      pool.execute(
          () -> {
            all.countDown();
            waitFor(all);
          });
    }

    assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(threads).hasSize(tasks);
  }

  @Test
  void noTaskIsLeftBehindWhenManyThreadsSubmitTasksThatWaitForTheirOwn() {
    AtomicInteger done = new AtomicInteger();
    List<CompletableFuture<Void>> submitters =
        IntStream.range(0, 8)
            .mapToObj(
                submitter ->
                    CompletableFuture.runAsync(
                        () -> {
                          for (int i = 0; i < 2_000; i++) {
                            int depth = i % 4;
                            get(pool.submit(() -> tree(done, depth)));
                          }
                        },
                        task -> new Thread(task).start()))
            .toList();

    submitters.forEach(CompletableFuture::join);

    // a tree of depth n has 2^(n+1) - 1 tasks
    assertThat(done).hasValue(8 * 500 * (1 + 3 + 7 + 15));
  }

  /** Runs for a moment, and waits for two more tasks like this one. */
  private void tree(AtomicInteger done, int depth) {
    if (depth > 0) {
      List<Future<?>> two =
          List.of(
              pool.submit(() -> tree(done, depth - 1)), pool.submit(() -> tree(done, depth - 1)));
      two.forEach(WorkerPoolTest::get);
    }
    if (ThreadLocalRandom.current().nextInt(8) == 0) {
      Thread.yield();
    }
    done.incrementAndGet();
  }

  @Test
  void theThreadThatEndsItsTaskTakesTheNextWhileAnotherOneIsStillOnItsWay() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    CompletableFuture<Thread> first = new CompletableFuture<>();
    WorkerPool pool = new WorkerPool(this::onlyTheFirstThreadComes);
    pool.execute(
        () -> {
          first.complete(Thread.currentThread());
          waitFor(end);
        });
    first.join();
    Future<Thread> second = pool.submit(Thread::currentThread);

    end.countDown();

    assertThat(second.get()).isSameAs(first.join());
    assertThat(threads).hasSize(2);
  }

  @Test
  void anInterruptIsForOneTaskOnly() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    WorkerPool pool = new WorkerPool(this::onlyTheFirstThreadComes);
    pool.execute(
        () -> {
          waitFor(end);
          Thread.currentThread().interrupt();
        });
    Future<Boolean> second = pool.submit(Thread::interrupted);

    end.countDown();

    assertThat(second.get()).isFalse();
  }

  private Thread onlyTheFirstThreadComes(Runnable work) {
    return thread(threads.isEmpty() ? work : () -> waitFor(new CountDownLatch(1)));
  }

  @Test
  void aThreadThatSleepsIsWokenBeforeOneIsMade() throws Exception {
    for (int i = 0; i < 20; i++) {
      pool.submit(() -> {}).get();
      awaitSleep();
    }

    assertThat(threads).hasSize(1);
  }

  @Test
  void threadsThatHaveNothingToDoEndAndOthersComeWhenThereIs() throws Exception {
    pool.setKeepAliveTime(5, TimeUnit.MILLISECONDS);
    for (int i = 1; i <= 20; i++) {
      int made = i;
      assertThat(pool.submit(() -> "done").get()).isEqualTo("done");

      await()
          .pollInterval(Duration.ofMillis(5))
          .untilAsserted(() -> assertThat(threads).hasSize(made).noneMatch(Thread::isAlive));
    }
  }

  @Test
  void aTaskThatComesAsAThreadGivesUpWaitingIsNotLost() throws Exception {
    pool.setKeepAliveTime(20, TimeUnit.MICROSECONDS);
    for (int i = 0; i < 10_000; i++) {
      assertThat(pool.submit(() -> "done").get(20, TimeUnit.SECONDS)).isEqualTo("done");
      long end = System.nanoTime() + ThreadLocalRandom.current().nextInt(200_000);
      while (System.nanoTime() < end) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void aTaskThatFailsTakesNoOtherWithIt() throws Exception {
    for (int i = 0; i < 100; i++) {
      pool.execute(
          () -> {
            throw new StackOverflowError("for the test");
          });
      assertThat(pool.submit(() -> "done").get(20, TimeUnit.SECONDS)).isEqualTo("done");
    }
  }

  private void awaitSleep() {
    await()
        .until(() -> !threads.isEmpty() && threads.get(0).getState() == Thread.State.TIMED_WAITING);
  }

  @Test
  void aTaskWaitsForAThreadThatEndsItsOwnWhenTheMachineHasNoMore() throws Exception {
    CountDownLatch end = new CountDownLatch(1);
    WorkerPool pool = new WorkerPool(this::onlyTheFirstThreadIsMade);
    pool.execute(() -> waitFor(end));
    await().until(() -> threads.size() == 1);
    List<Future<Thread>> waiting =
        IntStream.range(0, 3).mapToObj(i -> pool.submit(Thread::currentThread)).toList();

    end.countDown();

    for (Future<Thread> task : waiting) {
      assertThat(task.get()).isSameAs(threads.get(0));
    }
    awaitSleep();
    assertThat(pool.submit(() -> "done").get()).isEqualTo("done");
  }

  private Thread onlyTheFirstThreadIsMade(Runnable work) {
    if (!threads.isEmpty()) {
      throw new OutOfMemoryError("unable to create native thread");
    }
    return thread(work);
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void get(Future<?> task) {
    try {
      task.get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
