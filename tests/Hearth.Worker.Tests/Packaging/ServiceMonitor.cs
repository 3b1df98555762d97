using k8s.Models;

namespace Hearth.Worker.Tests.Packaging;

/// <summary>What the manifests use of the type that the operator of Prometheus defines (monitoring.coreos.com/v1).</summary>
internal sealed class ServiceMonitor
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public MonitorSpec Spec { get; set; } = new();
}

internal sealed class MonitorSpec
{
    public string JobLabel { get; set; } = "";

    public V1LabelSelector Selector { get; set; } = new();

    public List<MonitorEndpoint> Endpoints { get; set; } = [];
}

internal sealed class MonitorEndpoint
{
    public string Port { get; set; } = "";

    public string Path { get; set; } = "";

    public string Scheme { get; set; } = "";

    public string Interval { get; set; } = "";

    public MonitorAuthorization Authorization { get; set; } = new();

    public MonitorTls TlsConfig { get; set; } = new();
}

internal sealed class MonitorAuthorization
{
    public V1SecretKeySelector Credentials { get; set; } = new();
}

internal sealed class MonitorTls
{
    public MonitorSource Ca { get; set; } = new();

    public string ServerName { get; set; } = "";
}

internal sealed class MonitorSource
{
    public V1SecretKeySelector Secret { get; set; } = new();
}
