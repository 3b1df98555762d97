namespace Hearth.Containers.Tests;

public sealed class NetworkOptionsTests
{
    private static readonly NetworkPlacement front = new("front");

    [Theory]
    [InlineData(NetworkMode.None, "front")]
    [InlineData(NetworkMode.Auto, "nat,front")]
    [InlineData(NetworkMode.Nat, "nat,front")]
    public void A_container_that_is_connected_has_one_network_more(NetworkMode mode, string networks)
    {
        NetworkOptions connected = new NetworkOptions { Mode = mode }.With(front);

        Assert.Equal((NetworkMode.Nat, networks), (connected.Mode, string.Join(',', connected.Networks.Select(place => place.Network))));
        Assert.Contains("is connected to the network 'front' already", Assert.Throws<HearthException>(() => connected.With(front)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NetworkMode.HostForward)]
    [InlineData(NetworkMode.Namespace)]
    [InlineData(NetworkMode.Cni)]
    public void Networks_that_are_not_hearths_stay_alone(NetworkMode mode) =>
        Assert.Contains("create it anew with --network front", Assert.Throws<HearthException>(() => new NetworkOptions { Mode = mode }.With(front)).Message, StringComparison.Ordinal);

    [Fact]
    public void Without_its_last_network_a_container_has_none()
    {
        NetworkOptions both = new NetworkOptions { Mode = NetworkMode.Auto }.With(front);
        NetworkOptions one = both.Without("nat");
        NetworkOptions none = one.Without("front");

        Assert.Equal((NetworkMode.Nat, "front"), (one.Mode, one.Networks.Single().Network));
        Assert.Equal((NetworkMode.None, 0), (none.Mode, none.Networks.Count));
        Assert.Equal(NetworkMode.None, new NetworkOptions { Mode = NetworkMode.Auto }.Without("nat").Mode);
        Assert.Contains("is not connected to the network 'nat'", Assert.Throws<HearthException>(() => none.Without("nat")).Message, StringComparison.Ordinal);
        Assert.Equal("nat", none.With(new NetworkPlacement("nat")).Networks.Single().Network);
    }
}
