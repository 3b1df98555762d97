using System.Net;
using Hearth.Containers;
using Hearth.Keeper.Parts.Network;
using Hearth.Records;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>What a container learns of others by name.</summary>
public sealed class ContainerNetworkNamesTests : IDisposable
{
    private readonly Workplace place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public void Names_and_ids_lead_to_the_addresses_in_shared_networks_only()
    {
        string web = Run("Web", At("front", 5), At("back", 6));
        ContainerNetworkNames front = NamesIn("front");

        Assert.Equal("10.0.0.5 fd00::5", Resolve(front, "web"));
        Assert.Equal("10.0.0.5 fd00::5", Resolve(front, web[..12]));
        Assert.Equal("10.0.0.5 fd00::5", Resolve(front, web));
        Assert.Equal("10.0.0.6 fd00::6", Resolve(NamesIn("back"), "web"));
        Assert.Equal("10.0.0.5 10.0.0.6 fd00::5 fd00::6", Resolve(NamesIn("back", "front"), "web"));
        Assert.Equal("nothing", Resolve(NamesIn("nat"), "web"));
        Assert.Equal("nothing", Resolve(front, web[..11]));
        Assert.Equal("nothing", Resolve(front, "other"));
        Assert.Equal("nothing", Resolve(front, "a b"));
    }

    [Fact]
    public void An_alias_of_several_containers_leads_to_all_of_them_in_its_network()
    {
        Run("one", At("front", 1, "db"), At("back", 2));
        Run("two", At("front", 3, "db", "cache"));
        Run("db", At("back", 4));

        Assert.Equal("10.0.0.1 10.0.0.3 fd00::1 fd00::3", Resolve(NamesIn("front"), "db"));
        Assert.Equal("10.0.0.3 fd00::3", Resolve(NamesIn("front"), "cache"));
        Assert.Equal("10.0.0.4 fd00::4", Resolve(NamesIn("back"), "db"));
        Assert.Equal("10.0.0.1 10.0.0.3 10.0.0.4 fd00::1 fd00::3 fd00::4", Resolve(NamesIn("front", "back"), "db"));
    }

    [Fact]
    public void Addresses_have_names_in_shared_networks_only()
    {
        Run("web", At("front", 5), At("back", 6));

        Assert.Equal("web", NamesIn("front").NameOf(IPAddress.Parse("10.0.0.5")));
        Assert.Equal("web", NamesIn("front").NameOf(IPAddress.Parse("fd00::5")));
        Assert.Null(NamesIn("front").NameOf(IPAddress.Parse("10.0.0.6")));
    }

    [Fact]
    public void An_answer_follows_a_rename_and_an_end()
    {
        string id = Run("web", At("front", 5, "alias"));
        ContainerNetworkNames names = NamesIn("front");
        new ContainerStore(place.Directories, TimeProvider.System).Rename(id, "shop");

        Assert.Equal("nothing", Resolve(names, "web"));
        Assert.Equal("10.0.0.5 fd00::5", Resolve(names, "shop"));
        Assert.True(RunDirectory.Remove(Path.Combine(place.Directories.Containers, id)));
        Assert.Equal("nothing", Resolve(names, "shop"));
        Assert.Equal("nothing", Resolve(names, "alias"));
    }

    /// <summary>Another container's damaged file, or one that has been written half, must not end the answers of this one.</summary>
    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("null")]
    public void A_damaged_record_of_another_container_hides_that_one_alone(string content)
    {
        string damaged = Run("db", At("front", 7, "alias"));
        Run("web", At("front", 5));
        ContainerNetworkNames names = NamesIn("front");
        File.WriteAllText(Path.Combine(place.Directories.Containers, damaged, RunDirectory.ResourcesFile), content);

        Assert.Equal("10.0.0.5 fd00::5", Resolve(names, "web"));
        Assert.Equal("nothing", Resolve(names, "alias"));
        Assert.Equal("web", names.NameOf(IPAddress.Parse("10.0.0.5")));
    }

    [Fact]
    public void A_changed_record_is_read_again_and_a_place_without_IPv6_has_one_address()
    {
        string id = Run("web", At("front", 5));
        string file = Path.Combine(place.Directories.Containers, id, RunDirectory.ResourcesFile);
        ContainerNetworkNames names = NamesIn("front");
        for (int number = 5; number < 8; number++)
        {
            RunResources resources = RunResources.Parse(File.ReadAllBytes(file))! with { Networks = [At("front", number) with { Ipv6 = number == 6 ? "" : $"fd00::{number}" }] };
            File.WriteAllBytes(file, resources.ToJson());
            File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, number, 0, 0, 0, DateTimeKind.Utc));
            Assert.Equal(number == 6 ? "10.0.0.6" : $"10.0.0.{number} fd00::{number}", Resolve(names, "web"));
            Assert.Equal(number == 6 ? "10.0.0.6" : $"10.0.0.{number} fd00::{number}", Resolve(names, "web"));
        }
    }

    private ContainerNetworkNames NamesIn(params string[] networks) => new(place.Directories, TimeProvider.System, networks);

    private string Run(string name, params NetworkPlace[] networks)
    {
        Container container = place.KeepContainer(name);
        RunDirectory.Create(place.Directories, place.NewResources() with { Id = container.Id, Networks = networks });
        return container.Id;
    }

    private static NetworkPlace At(string network, int number, params string[] aliases) =>
        new(network, $"02:00:00:00:00:0{number}", $"10.0.0.{number}", 24, "10.0.0.254", $"fd00::{number}", 64, "fd00::fe") { Aliases = aliases };

    private static string Resolve(ContainerNetworkNames names, string name) =>
        names.Resolve(name) is { } found ? string.Join(' ', found.Select(address => $"{address}").Order(StringComparer.Ordinal)) : "nothing";
}
