# One image for all services. Which one runs is its argument: docker run site-check main

FROM eclipse-temurin:25.0.3_9-jdk-noble AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml application*.properties ./
COPY routes routes
COPY src/main src/main
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -ntp -Dmaven.test.skip -Dspotless.check.skip -Dexec.skip package

FROM eclipse-temurin:25.0.3_9-jre-noble
RUN useradd --system --uid 10001 --no-create-home site-check \
 && install -d -o site-check /data
WORKDIR /site-check
COPY --from=build /build/target/site-check.jar ./
COPY --from=build /build/target/lib lib
COPY --chmod=755 deploy/image/* /usr/local/bin/
# Here, and not where it was built: a cache is of use to the same JVM and the same files alone.
RUN train
USER 10001
ENV LISTEN_HOST=0.0.0.0 DATA_FOLDER=/data
# All that is written is in /data, what must not be lost, and in /tmp, what SQLite and Vert.x unpack
# (SQLite a library, so that it must allow to execute). The rest can be read-only. Neither is a
# VOLUME: each run would leave one behind that nobody finds again.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --start-interval=1s CMD ["ready"]
# UseCompressedOops bounds the heap below 32 GB, where the cache is of use. What Netty and protobuf use
# of sun.misc.Unsafe is not worth a warning at each start. Further options of the JVM: JAVA_TOOL_OPTIONS.
ENTRYPOINT ["own-folder", "java", "-XX:AOTCache=site-check.aot", "-XX:+UseCompressedOops", "-XX:MaxRAMPercentage=50", "--sun-misc-unsafe-memory-access=allow", "-jar", "site-check.jar"]
