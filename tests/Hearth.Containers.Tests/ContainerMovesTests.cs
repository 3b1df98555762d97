namespace Hearth.Containers.Tests;

/// <summary>Every move from every state, held by a keeper or not.</summary>
public sealed class ContainerMovesTests
{
    private static readonly ContainerStatus[] statuses = Enum.GetValues<ContainerStatus>();

    [Fact]
    public void A_keeper_begins_wherever_no_other_holds_the_container()
    {
        foreach (ContainerStatus from in statuses)
        {
            Assert.Equal(ContainerStatus.Created, ContainerMoves.Make(State(from, isHeld: false), ContainerMove.Begin, "web").Status);
            Assert.Equal(HearthError.WrongState, Refusal(State(from, isHeld: true), ContainerMove.Begin).Error);
        }
    }

    [Theory]
    [InlineData(ContainerMove.Start, ContainerStatus.Created, ContainerStatus.Running)]
    [InlineData(ContainerMove.Pause, ContainerStatus.Running, ContainerStatus.Paused)]
    [InlineData(ContainerMove.Resume, ContainerStatus.Paused, ContainerStatus.Running)]
    public void A_run_moves_from_one_state_to_another_and_from_no_third(object move, ContainerStatus from, ContainerStatus to)
    {
        Assert.Equal(to, ContainerMoves.Make(State(from, isHeld: true), (ContainerMove)move, "web").Status);
        foreach (ContainerStatus other in statuses.Where(status => status != from))
        {
            Assert.Contains($"it is {other.ToString().ToLowerInvariant()}", Refusal(State(other, isHeld: true), (ContainerMove)move).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ContainerStatus.Created, ContainerStatus.Created)]
    [InlineData(ContainerStatus.Running, ContainerStatus.Exited)]
    [InlineData(ContainerStatus.Paused, ContainerStatus.Exited)]
    public void A_run_ends_once_and_holds_nothing_any_more(ContainerStatus from, ContainerStatus to)
    {
        ContainerState ended = ContainerMoves.Make(State(from, isHeld: true) with { Machine = ProcessIdentity.Current }, ContainerMove.End, "web");

        Assert.Equal((to, null, null, null), (ended.Status, ended.Keeper, ended.Boot, ended.Machine));
        foreach (ContainerMove late in Enum.GetValues<ContainerMove>().Where(move => move != ContainerMove.Begin))
        {
            Refusal(ended, late);
        }
    }

    [Fact]
    public void A_start_that_fails_after_an_earlier_run_leaves_the_container_exited()
    {
        ContainerState starting = State(ContainerStatus.Created, isHeld: true) with { StartedAt = DateTimeOffset.UnixEpoch };

        Assert.Equal(ContainerStatus.Exited, ContainerMoves.Make(starting, ContainerMove.End, "web").Status);
    }

    private static HearthException Refusal(ContainerState state, ContainerMove move) =>
        Assert.Throws<HearthException>(() => ContainerMoves.Make(state, move, "web"));

    private static ContainerState State(ContainerStatus status, bool isHeld) =>
        isHeld ? new ContainerState { Status = status, Keeper = ProcessIdentity.Current, Boot = HostBoot.Current } : new ContainerState { Status = status };
}
