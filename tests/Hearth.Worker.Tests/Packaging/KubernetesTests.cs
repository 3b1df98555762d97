using System.Diagnostics;
using System.Text.RegularExpressions;
using Hearth.CommandLine;
using Hearth.Linux.Processes;
using k8s;
using k8s.Models;

namespace Hearth.Worker.Tests.Packaging;

/// <summary>The manifests of packaging/kubernetes as kubectl puts them together, read without unknown fields.</summary>
public sealed class KubernetesTests
{
    private static readonly string place = Path.Combine(FindRepository(), "packaging/kubernetes");

    [Theory]
    [InlineData("overlays/staging", "hearth-staging")]
    [InlineData("overlays/production", "hearth")]
    public void Workers_have_all_that_belongs_to_them(string overlay, string space)
    {
        Dictionary<string, string> objects = Build(overlay);
        V1PodSpec pod = objects.TryGetValue("DaemonSet", out string? set) ? Read<V1DaemonSet>(set).Spec.Template.Spec : Read<V1Deployment>(objects["Deployment"]).Spec.Template.Spec;
        V1Container worker = Assert.Single(pod.Containers);
        V1Service service = Read<V1Service>(objects["Service"]);
        ServiceMonitor monitor = Read<ServiceMonitor>(objects["ServiceMonitor"]);

        Assert.All([service.Metadata, monitor.Metadata, Read<V1PodDisruptionBudget>(objects["PodDisruptionBudget"]).Metadata], metadata => Assert.Equal(space, metadata.NamespaceProperty));
        Assert.Equal(pod.ServiceAccountName, Read<V1ServiceAccount>(objects["ServiceAccount"]).Metadata.Name);
        Assert.Equal("hearth-worker:0.1.0", worker.Image);
        Assert.Equal(worker.Ports.Select(port => port.Name), service.Spec.Ports.Select(port => port.TargetPort.Value));
        Assert.Equal(service.Spec.Ports.Select(port => port.Name), monitor.Spec.Endpoints.Select(endpoint => endpoint.Port));
        Assert.Equal(worker.VolumeMounts.Select(mount => mount.Name).Order(), pod.Volumes.Select(volume => volume.Name).Order());
    }

    [Theory]
    [InlineData("overlays/staging")]
    [InlineData("overlays/production")]
    public void The_daemon_takes_its_arguments_and_has_the_memory_and_time_that_they_promise(string overlay)
    {
        Dictionary<string, string> objects = Build(overlay);
        V1PodSpec pod = objects.TryGetValue("DaemonSet", out string? set) ? Read<V1DaemonSet>(set).Spec.Template.Spec : Read<V1Deployment>(objects["Deployment"]).Spec.Template.Spec;
        V1Container worker = Assert.Single(pod.Containers);
        Dictionary<string, string> flags = worker.Args.Select(argument => argument.Split('=', 2)).ToDictionary(words => words[0], words => words[1]);

        new LineParser(new WorkerProgram(HostEnvironment.Empty, TextWriter.Null, TextWriter.Null).Create()).Parse([.. worker.Args]).Check();
        TimeSpan grace = flags["--drain-grace"] switch { "1h" => TimeSpan.FromHours(1), "1m" => TimeSpan.FromMinutes(1), var other => throw new FormatException(other) };
        Assert.True(pod.TerminationGracePeriodSeconds > grace.TotalSeconds + 10);
        long capacity = long.Parse(flags["--capacity-memory"].TrimEnd('g')) << 30;
        Assert.True((decimal)worker.Resources.Requests["memory"] >= capacity + (512 << 20));
        Assert.All(
            flags.Where(flag => flag.Key is "--tls-cert" or "--tls-key" or "--tls-client-ca" or "--token-file"),
            flag => Assert.Contains(worker.VolumeMounts, mount => flag.Value.StartsWith(mount.MountPath + "/", StringComparison.Ordinal)));
        Assert.Equal(["/hearth/v1/live", "/hearth/v1/live", "/hearth/v1/ready"], new[] { worker.LivenessProbe, worker.StartupProbe, worker.ReadinessProbe }.Select(probe => probe.HttpGet.Path).Order());
    }

    [Fact]
    public void The_alerts_watch_the_job_that_the_monitor_and_the_example_make()
    {
        Dictionary<string, string> objects = Build("overlays/production");
        string observability = Path.Combine(FindRepository(), "packaging/observability"), example = File.ReadAllText(Path.Combine(observability, "README.md"));
        string job = Read<V1Service>(objects["Service"]).Metadata.Labels[Read<ServiceMonitor>(objects["ServiceMonitor"]).Spec.JobLabel];

        Assert.Contains($"expr: up{{job=\"{job}\"}} == 0", File.ReadAllText(Path.Combine(observability, "alerts.yaml")), StringComparison.Ordinal);
        Assert.Contains($"- job_name: {job}\n    scheme: https\n    tls_config:\n", example, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_variants_have_the_same_pod()
    {
        V1PodSpec set = Read<V1DaemonSet>(Build("daemonset")["DaemonSet"]).Spec.Template.Spec, deployment = Read<V1Deployment>(Build("deployment")["Deployment"]).Spec.Template.Spec;

        Assert.NotNull(deployment.Affinity);
        deployment.Affinity = null;
        Assert.Equal(KubernetesYaml.Serialize(set), KubernetesYaml.Serialize(deployment));
    }

    [Fact]
    public void The_worker_has_the_rights_that_operators_are_told_and_no_more()
    {
        V1PodSpec pod = Read<V1DaemonSet>(Build("daemonset")["DaemonSet"]).Spec.Template.Spec;
        V1Container worker = Assert.Single(pod.Containers);
        string page = File.ReadAllText(Path.Combine(FindRepository(), "docs/operations.md")), command = page.Split("docker run -d --name worker", 2)[1].Split("```", 2)[0];
        string[] Told(string flag) => [.. Regex.Matches(command, $@"{flag} (\S+)").Select(match => match.Groups[1].Value)];

        Assert.Null(worker.SecurityContext.Privileged);
        Assert.Equal(["ALL"], worker.SecurityContext.Capabilities.Drop);
        Assert.Equal([.. Told("--cap-add"), "CHOWN", "FOWNER", "MKNOD"], worker.SecurityContext.Capabilities.Add);
        Assert.Equal(Told("--sysctl"), pod.SecurityContext.Sysctls.Select(each => $"{each.Name}={each.Value}"));
        Assert.Equal(Told("--device").Select(device => "hearth.dev/" + Path.GetFileName(device)).Order(), worker.Resources.Limits.Keys.Where(key => key.StartsWith("hearth.dev/", StringComparison.Ordinal)).Order());
        Assert.Equal(
            ["/run/hearth", "/sys/fs/cgroup", "/var/lib/hearth"],
            worker.VolumeMounts.Select(mount => mount.MountPath).Where(path => !path.StartsWith("/etc/", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void A_class_of_pods_counts_the_overhead_that_admission_counts()
    {
        V1RuntimeClass found = Read<V1RuntimeClass>(Build("runtimeclass")["RuntimeClass"]);

        Assert.Equal("hearth", found.Handler);
        Assert.Equal(Hearth.Admission.AdmissionLimits.DefaultOverhead.Bytes, (decimal)found.Overhead.PodFixed["memory"]);
    }

    private static T Read<T>(string yaml) => KubernetesYaml.Deserialize<T>(yaml, strict: true);

    /// <returns>Each object by its kind.</returns>
    private static Dictionary<string, string> Build(string folder)
    {
        using Process kubectl = Process.Start(new ProcessStartInfo("kubectl", ["kustomize", Path.Combine(place, folder)]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = kubectl.StandardError.ReadToEndAsync();
        string output = kubectl.StandardOutput.ReadToEnd();
        kubectl.WaitForExit();
        Assert.True(kubectl.ExitCode == 0, error.GetAwaiter().GetResult());
        return output.Split("\n---\n").ToDictionary(yaml => yaml.Split('\n').Single(line => line.StartsWith("kind: ", StringComparison.Ordinal))["kind: ".Length..]);
    }

    private static string FindRepository()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Hearth.slnx")))
        {
            at = at.Parent!;
        }

        return at.FullName;
    }
}
