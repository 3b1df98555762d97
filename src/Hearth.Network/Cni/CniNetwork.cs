using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hearth.Linux;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;

namespace Hearth.Network.Cni;

/// <summary>
/// A container's place in a network of CNI: its namespace, and what the plugins have put there and set up on the host.
/// <list type="number">
/// <item><see cref="Add"/>: the namespace, then the plugins in order, each with the result of the one before.</item>
/// <item><see cref="Remove"/>: the plugins in reverse order, then the namespace. Plugins that were never run do not mind.</item>
/// </list>
/// </summary>
/// <param name="record">What to add or remove.</param>
/// <param name="timeout">How long each plugin may take; null for the default.</param>
public sealed class CniNetwork(CniRecord record, TimeSpan? timeout = null)
{
    /// <summary>Where plugins are if nothing else is said: the project's own directory, and Debian's.</summary>
    public static readonly IReadOnlyList<string> UsualPlugins = ["/opt/cni/bin", "/usr/lib/cni"];

    private const string InterfaceName = "eth0";
    private const string PortsCapability = "portMappings";

    /// <summary>How long a plugin may take if nothing else is said. It may wait for a lock, or ask a DHCP server.</summary>
    public static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(60);

    private readonly CniConfiguration configuration = CniConfiguration.Parse(record.Configuration, "the network's configuration");

    /// <summary>Finds a plugin's file.</summary>
    /// <returns>Null if it is in none of the directories.</returns>
    public static string? FindPlugin(string type, IEnumerable<string> directories) => directories.Select(directory => Path.Combine(directory, type)).FirstOrDefault(File.Exists);

    /// <summary>Looks whether the container can be added. Nothing is to be removed if not.</summary>
    /// <exception cref="NetworkException">A plugin is missing, or none publishes ports.</exception>
    public void Check()
    {
        foreach (JsonObject plugin in configuration.Plugins)
        {
            _ = Find(plugin, "add the container to");
        }

        if (record.Ports.Count > 0 && !configuration.Plugins.Any(HasPorts))
        {
            throw new NetworkException(
                NetworkError.InvalidRequest, $"cannot publish ports in the CNI network '{configuration.Name}': none of its plugins has the capability {PortsCapability}; add the plugin portmap to it");
        }
    }

    /// <summary>Adds the container to the network.</summary>
    /// <returns>The record with the result.</returns>
    /// <exception cref="NetworkException">
    /// A plugin is missing, failed, hung or answered nonsense. The caller removes what was added.
    /// </exception>
    public CniRecord Add()
    {
        Check();
        MakeNamespace();
        string? result = null;
        foreach (JsonObject plugin in configuration.Plugins)
        {
            result = Run(plugin, "ADD", "add the container to", result);
            RequireResult(plugin, result);
        }

        return record with { Result = result };
    }

    /// <summary>Removes the container from the network.</summary>
    /// <exception cref="NetworkException">A plugin failed; the others were run, and the namespace is gone.</exception>
    public void Remove()
    {
        List<NetworkException> failures = [];
        foreach (JsonObject plugin in configuration.Plugins.Reverse())
        {
            try
            {
                // Before version 0.4.0, plugins get no result when they remove something.
                _ = Run(plugin, "DEL", "remove the container from", configuration.Version.StartsWith("0.3", StringComparison.Ordinal) ? null : record.Result);
            }
            catch (NetworkException failure)
            {
                failures.Add(failure);
            }
        }

        NetworkNamespace.Unpin(record.Namespace);
        if (failures.Count > 0)
        {
            throw new NetworkException(failures[0].Error, string.Join("; ", failures.Select(failure => failure.Message)));
        }
    }

    private void MakeNamespace()
    {
        try
        {
            NetworkNamespace.Pin(record.Namespace);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot make a network namespace at '{record.Namespace}': {failure.Message}", failure);
        }
    }

    private string Find(JsonObject plugin, string act)
    {
        string type = TypeOf(plugin);
        return FindPlugin(type, record.Plugins) ?? throw new NetworkException(
            NetworkError.HostUnsuitable,
            $"cannot {act} the CNI network '{configuration.Name}': the plugin '{type}' is not in {string.Join(" or ", record.Plugins)}; install it (Debian: containernetworking-plugins)");
    }

    /// <returns>What the plugin wrote to its standard output.</returns>
    private string Run(JsonObject plugin, string command, string act, string? previous)
    {
        string path = Find(plugin, act);
        using NetworkNamespace? inside = NetworkNamespace.TryOpen(record.Namespace, out _);
        string failed = $"cannot {act} the CNI network '{configuration.Name}': the plugin '{TypeOf(plugin)}'";
        string[] environment =
        [
            $"PATH={record.SearchPath}",
            $"CNI_COMMAND={command}",
            $"CNI_CONTAINERID={record.ContainerId}",
            $"CNI_NETNS={(inside is null ? "" : record.Namespace)}",
            $"CNI_IFNAME={InterfaceName}",
            $"CNI_PATH={string.Join(':', record.Plugins)}",
        ];
        TimeSpan limit = timeout ?? UsualTimeout;
        try
        {
            (ProcessEnd? end, string output, string errors) = PluginProcess.Run(path, environment, Compose(plugin, previous), limit);
            return end is null ? throw new NetworkException(NetworkError.Refused, $"{failed} has not ended for {limit.TotalSeconds:0.#} s and was killed{Words(errors)}")
                : end is { Signal: 0, ExitCode: 0 } ? output
                : throw new NetworkException(NetworkError.Refused, $"{failed} failed{Words(Reason(output) ?? output)}{Words(errors)}");
        }
        catch (LinuxException failure)
        {
            throw new NetworkException(NetworkError.HostUnsuitable, $"{failed} cannot be started: {failure.Message}", failure);
        }
    }

    /// <summary>The plugin's own configuration, with what the specification adds at run time.</summary>
    private byte[] Compose(JsonObject plugin, string? previous)
    {
        JsonObject own = plugin.DeepClone().AsObject();
        own["cniVersion"] = configuration.Version;
        own["name"] = configuration.Name;
        own.Remove("capabilities");
        if (HasPorts(plugin) && record.Ports.Count > 0)
        {
            own["runtimeConfig"] = new JsonObject { [PortsCapability] = new JsonArray([.. record.Ports.Select(Describe)]) };
        }

        if (previous is not null)
        {
            own["prevResult"] = CniJson.Parse(previous);
        }

        return Encoding.UTF8.GetBytes(own.ToJsonString());
    }

    private static JsonObject Describe(PublishedPort port)
    {
        JsonObject mapping = new()
        {
            ["hostPort"] = (int)port.HostPort,
            ["containerPort"] = (int)port.GuestPort,
            ["protocol"] = port.Protocol == TransportProtocol.Tcp ? "tcp" : "udp",
        };
        if (port.HostAddress is { } address)
        {
            mapping["hostIP"] = address.ToString();
        }

        return mapping;
    }

    private void RequireResult(JsonObject plugin, string output)
    {
        try
        {
            if (CniJson.Parse(output) is JsonObject result && CniConfiguration.TextOf(result, "cniVersion") is not null)
            {
                return;
            }
        }
        catch (JsonException)
        {
            // The same as any other text.
        }

        throw new NetworkException(
            NetworkError.Refused, $"cannot add the container to the CNI network '{configuration.Name}': the plugin '{TypeOf(plugin)}' did not answer with a result{Words(output)}");
    }

    /// <returns>The message of a plugin's error; null if it is none.</returns>
    private static string? Reason(string output)
    {
        try
        {
            return CniJson.Parse(output) is JsonObject error && CniConfiguration.TextOf(error, "msg") is { } message
                ? CniConfiguration.TextOf(error, "details") is { Length: > 0 } details ? $"{message}: {details}" : message
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What a plugin wrote, on one line, with a limit and without what steers a terminal.</summary>
    private static string Words(string text)
    {
        const int MostCharacters = 500;
        string line = string.Join("; ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).TrimEnd('.');
        line = string.Concat(line.Select(character => char.IsControl(character) ? ' ' : character));
        return line.Length == 0 ? "" : $": {(line.Length > MostCharacters ? line[..MostCharacters] + "…" : line)}";
    }

    private static bool HasPorts(JsonObject plugin) =>
        plugin["capabilities"] is JsonObject capabilities && capabilities[PortsCapability] is JsonValue value && value.TryGetValue(out bool isOn) && isOn;

    private static string TypeOf(JsonObject plugin) => CniConfiguration.TextOf(plugin, "type")!;
}
