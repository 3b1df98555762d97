using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Network.Cni;
using Hearth.Network.Joined;
using Hearth.Network.UserMode;

namespace Hearth.Keeper.Diagnosis;

/// <summary>Checks what the networks need that Hearth does not make itself.</summary>
internal static class JoinedInspection
{
    public static IEnumerable<HostNeed> Inspect(HostEnvironment environment) => [Redirects(), Plugins(environment), Forwarding(environment)];

    private static HostNeed Redirects()
    {
        const string Name = "joined networks";
        return JoinedNamespace.FindObstacle() is { } obstacle
            ? new HostNeed(Name, NeedState.Limited, $"--network netns:PATH and the networks of engines will not work: {obstacle}", "do what it says; without a network, containers run")
            : ConfinedTrial.FindObstacle() is { } missing
            ? new HostNeed(Name, NeedState.Limited, $"egress policies in --network netns:PATH, cni:NAME and the networks of engines will not work: {missing}", "do what it says; without a policy, containers run there")
            : new HostNeed(Name, NeedState.Met, "the kernel redirects packets (sch_ingress, cls_u32, act_mirred), and routes them under a policy");
    }

    private static HostNeed Plugins(HostEnvironment environment)
    {
        const string Name = "CNI";
        string[] directories = environment.Find(ContainerDescription.CniPluginsVariable) is { Length: > 0 } given ? given.Split(':') : [.. CniNetwork.UsualPlugins];
        string configurations = environment.Find(ContainerDescription.CniConfigurationsVariable) is { Length: > 0 } other ? other : CniConfiguration.UsualDirectory;
        string? plugins = Array.Find(directories, Directory.Exists);
        int count = Directory.Exists(configurations) ? Directory.GetFiles(configurations).Count(file => Path.GetExtension(file) is ".conf" or ".conflist" or ".json") : 0;
        return plugins is null
            ? new HostNeed(Name, NeedState.Limited, $"--network cni:NAME will not work: there are no plugins in {string.Join(" or ", directories)}", "install the package containernetworking-plugins")
            : new HostNeed(Name, NeedState.Met, $"plugins in {plugins}, {count} configuration(s) in {configurations}");
    }

    private static HostNeed Forwarding(HostEnvironment environment)
    {
        const string Name = "forwarding";
        return environment.FindProgram(ForwardedNetwork.Program) is { } program
            ? new HostNeed(Name, NeedState.Met, program)
            : new HostNeed(Name, NeedState.Limited, $"{ForwardedNetwork.Program} is missing: --network host-forward will not work", "install the package passt");
    }
}
