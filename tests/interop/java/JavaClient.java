// camunda-client-java over gRPC and REST, by secret (from the environment alone) and by certificate
// (from the builder: the environment alone turns credentials on only when there is a secret).

import io.camunda.client.CamundaClient;
import io.camunda.client.CamundaClientBuilder;
import io.camunda.client.CredentialsProvider;
import io.camunda.client.api.command.ClientException;
import io.camunda.client.api.worker.JobWorker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

public final class JavaClient {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static int passed = 0;
  private static int failed = 0;

  interface Step {
    void run() throws Exception;
  }

  static void step(String name, Step work) {
    try {
      work.run();
      passed += 1;
      System.out.println("ok   " + name);
    } catch (Throwable error) {
      failed += 1;
      System.out.println("FAIL " + name);
      error.printStackTrace(System.out);
    }
  }

  static void equal(Object found, Object expected, String what) {
    if (!found.equals(expected)) {
      throw new AssertionError(what + ": expected " + expected + ", found " + found);
    }
  }

  static String environment(String name) {
    return System.getenv(name);
  }

  static String unique(String name) {
    return name + "-" + UUID.randomUUID();
  }

  /** What `skep env` prints, and a trust store for the provider's CA. */
  static CamundaClientBuilder bySecret() {
    return CamundaClient.newClientBuilder();
  }

  static CamundaClientBuilder byCertificate() {
    String clientId = environment("INTEROP_CERTIFICATE_CLIENT_ID");
    String password = environment("INTEROP_KEYSTORE_PASSWORD");
    return CamundaClient.newClientBuilder()
        .credentialsProvider(
            CredentialsProvider.newCredentialsProviderBuilder()
                .applyEnvironmentOverrides(false)
                .clientId(clientId)
                .audience(clientId)
                .scope(clientId + "/.default")
                .authorizationServerUrl(environment("ZEEBE_AUTHORIZATION_SERVER_URL"))
                .clientAssertionKeystorePath(Path.of(environment("INTEROP_KEYSTORE_PATH")))
                .clientAssertionKeystorePassword(password)
                .truststorePath(Path.of(environment("ZEEBE_SSL_CLIENT_TRUSTSTORE_PATH")))
                .truststorePassword(environment("ZEEBE_SSL_CLIENT_TRUSTSTORE_SECRET"))
                .credentialsCachePath(environment("ZEEBE_CLIENT_CONFIG_PATH") + "-certificate")
                .build());
  }

  static void exercise(String how, CamundaClient client) {
    step(how + ": topology and deployment", () -> {
      equal(client.newTopologyRequest().send().join().getClusterSize(), 1, "cluster size");
      var deployment =
          client.newDeployResourceCommand()
              .addResourceFile(environment("INTEROP_MODEL"))
              .send()
              .join();
      equal(deployment.getProcesses().size(), 3, "processes");
    });

    step(how + ": a worker completes a job, and the creator gets the result", () -> {
      String type = unique("java-work");
      try (JobWorker worker =
          client.newWorker()
              .jobType(type)
              .handler((jobs, job) -> {
                Object seen = job.getVariablesAsMap().get("orderId");
                String desk = job.getCustomHeaders().get("desk");
                jobs.newCompleteCommand(job).variables(Map.of("seen", seen, "desk", desk)).send();
              })
              .open()) {
        Map<String, Object> result =
            client.newCreateInstanceCommand()
                .bpmnProcessId("interop_work")
                .latestVersion()
                .variables(Map.of("jobType", type, "orderId", 4711))
                .withResult()
                .requestTimeout(LIMIT)
                .send()
                .join()
                .getVariablesAsMap();
        equal(result.get("seen"), 4711, "seen");
        equal(result.get("desk"), "north", "header");
      }
    });

    step(how + ": a failed job comes back with the retries that were left", () -> {
      String type = unique("java-fail");
      List<Integer> retries = new ArrayList<>();
      CompletableFuture<Void> done = new CompletableFuture<>();
      try (JobWorker worker =
          client.newWorker()
              .jobType(type)
              .handler((jobs, job) -> {
                retries.add(job.getRetries());
                if (retries.size() < 3) {
                  int left = job.getRetries() - 1;
                  jobs.newFailCommand(job).retries(left).errorMessage("not yet").send().join();
                } else {
                  jobs.newCompleteCommand(job).send().join();
                  done.complete(null);
                }
              })
              .open()) {
        client.newCreateInstanceCommand()
            .bpmnProcessId("interop_work")
            .latestVersion()
            .variables(Map.of("jobType", type))
            .send()
            .join();
        done.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        equal(retries, List.of(3, 2, 1), "retries");
      }
    });

    step(how + ": a BPMN error takes the boundary event", () -> {
      String type = unique("java-error");
      try (JobWorker worker =
          client.newWorker()
              .jobType(type)
              .handler((jobs, job) ->
                  jobs.newThrowErrorCommand(job).errorCode("CARD_DECLINED").send().join())
              .open()) {
        var result =
            client.newCreateInstanceCommand()
                .bpmnProcessId("interop_payment")
                .latestVersion()
                .variables(Map.of("jobType", type, "orderId", 7))
                .withResult()
                .requestTimeout(LIMIT)
                .send()
                .join();
        equal(result.getVariablesAsMap().get("outcome"), "declined for 7", "outcome");
      }
    });

    step(how + ": a message correlates by its key", () -> {
      String orderId = unique("order");
      var waiting =
          client.newCreateInstanceCommand()
              .bpmnProcessId("interop_message")
              .latestVersion()
              .variables(Map.of("orderId", orderId))
              .withResult()
              .requestTimeout(LIMIT)
              .send();
      client.newPublishMessageCommand()
          .messageName("payment-received")
          .correlationKey(orderId)
          .timeToLive(Duration.ofMinutes(1))
          .variables(Map.of("amount", 12))
          .send()
          .join();
      equal(waiting.join().getVariablesAsMap().get("amount"), 12, "amount");
    });

    step(how + ": what was created is found by search", () -> {
      long key =
          client.newCreateInstanceCommand()
              .bpmnProcessId("interop_message")
              .latestVersion()
              .variables(Map.of("orderId", unique("order")))
              .send()
              .join()
              .getProcessInstanceKey();
      var instance = client.newProcessInstanceGetRequest(key).send().join();
      equal(instance.getProcessDefinitionId(), "interop_message", "process");
      var found =
          client.newProcessInstanceSearchRequest()
              .filter(filter -> filter.processInstanceKey(key))
              .sort(sort -> sort.startDate().desc())
              .send()
              .join();
      equal(found.items().size(), 1, "found");
      equal(found.items().get(0).getState().name(), "ACTIVE", "state");
      var elements =
          client.newElementInstanceSearchRequest()
              .filter(filter -> filter.processInstanceKey(key))
              .send()
              .join();
      equal(elements.items().size(), 2, "element instances");
    });

    step(how + ": an unknown process is NOT_FOUND", () -> {
      try {
        client.newCreateInstanceCommand().bpmnProcessId("no_such_process").latestVersion()
            .send().join();
      } catch (ClientException error) {
        if (error.toString().contains("NOT_FOUND")) {
          return;
        }
        throw error;
      }
      throw new AssertionError("it was accepted");
    });
    client.close();
  }

  public static void main(String[] arguments) {
    for (boolean rest : new boolean[] {false, true}) {
      String over = rest ? "REST" : "gRPC";
      exercise(over + ", secret", bySecret().preferRestOverGrpc(rest).build());
      exercise(over + ", certificate", byCertificate().preferRestOverGrpc(rest).build());
    }
    step("jobs are pushed to an open stream", () -> {
      try (CamundaClient client =
          bySecret().preferRestOverGrpc(false).defaultJobWorkerStreamEnabled(true).build()) {
        String type = unique("java-stream");
        // Polls too rarely for this test: the job can only have been pushed.
        try (JobWorker worker =
            client.newWorker()
                .jobType(type)
                .handler((jobs, job) -> jobs.newCompleteCommand(job).send())
                .pollInterval(Duration.ofMinutes(5))
                .open()) {
          client.newCreateInstanceCommand()
              .bpmnProcessId("interop_work")
              .latestVersion()
              .variables(Map.of("jobType", type))
              .withResult()
              .requestTimeout(LIMIT)
              .send()
              .join();
        }
      }
    });
    step("a wrong secret is refused", () -> {
      CredentialsProvider wrong =
          CredentialsProvider.newCredentialsProviderBuilder()
              .applyEnvironmentOverrides(false)
              .clientId(environment("ZEEBE_CLIENT_ID"))
              .clientSecret("wrong")
              .audience(environment("ZEEBE_TOKEN_AUDIENCE"))
              .scope(environment("ZEEBE_TOKEN_SCOPE"))
              .authorizationServerUrl(environment("ZEEBE_AUTHORIZATION_SERVER_URL"))
              .truststorePath(Path.of(environment("ZEEBE_SSL_CLIENT_TRUSTSTORE_PATH")))
              .truststorePassword(environment("ZEEBE_SSL_CLIENT_TRUSTSTORE_SECRET"))
              .credentialsCachePath(environment("ZEEBE_CLIENT_CONFIG_PATH") + "-wrong")
              .build();
      try (CamundaClient client =
          CamundaClient.newClientBuilder().credentialsProvider(wrong).build()) {
        client.newTopologyRequest().send().join();
      } catch (ClientException error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
          cause = cause.getCause();
        }
        if (cause.getMessage().contains("401")) {
          return;
        }
        throw error;
      }
      throw new AssertionError("it was accepted");
    });
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
